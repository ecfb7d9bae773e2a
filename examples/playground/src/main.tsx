// The page: one server; its peers and one picture, or a camera and its recordings.
import { render } from "preact";
import { App } from "./app.js";
import { followMode } from "./model/page-view.js";
import { connect } from "./model/server-link.js";
import { followStatus } from "./model/server-status.js";
import { press } from "./model/watching.js";
import "./style.css";
import "./record.css";

const root = document.getElementById("app");
if (root !== null) {
  followMode();
  render(<App />, root);
  document.addEventListener("keydown", press);
  connect();
  followStatus();
}
