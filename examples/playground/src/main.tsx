// The page: one server, its peers, one picture.
import { render } from "preact";
import { App } from "./app.js";
import { connect } from "./model/server-link.js";
import { followStatus } from "./model/server-status.js";
import { press } from "./model/watching.js";
import "./style.css";

const root = document.getElementById("app");
if (root !== null) {
  render(<App />, root);
  document.addEventListener("keydown", press);
  connect();
  followStatus();
}
