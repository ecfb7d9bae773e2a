// What is wrong with the connection, and what to do about it.
import { linkTrouble, retryNow } from "../model/server-link.js";

/** The word joiner keeps "?token" in one piece at the end of a line. */
const TOKEN_FIX = "If the server has a token, add ?\u2060token=… to the address of this page.";

/** A banner while there is trouble, nothing otherwise. The live region is always there, so that it is announced. */
export function Trouble() {
  const error = linkTrouble.value;
  const fix = error?.code === "symple/unauthorized" ? TOKEN_FIX : error?.fix;
  return (
    <div role="alert">
      {error !== undefined && (
        <div class="trouble" data-testid="trouble">
          <p>
            <strong>{error.message}.</strong> {fix}
          </p>
          <button type="button" onClick={retryNow} data-testid="retry">
            Try now
          </button>
        </div>
      )}
    </div>
  );
}
