// The page at /bench.html: the kernel benchmark in this browser.
import { render } from "preact";
import { BenchApp } from "./bench-app.js";
import "../../style.css";
import "./bench.css";

const root = document.getElementById("app");
if (root !== null) {
  render(<BenchApp />, root);
}
