// What is wrong with the connection, and what to do about it: try again, or give the right token.
import { hasToken, type LinkError, linkTrouble, retryNow, signInWith } from "../model/server-link.js";

/** A banner while there is trouble, nothing otherwise. The live region is always there, so that it is announced. */
export function Trouble() {
  const error = linkTrouble.value;
  return <div role="alert">{error !== undefined && <Banner error={error} />}</div>;
}

function Banner({ error }: { readonly error: LinkError }) {
  const asksForToken = error.code === "symple/unauthorized";
  return (
    <div class="trouble" data-testid="trouble" data-code={error.code}>
      {asksForToken ? (
        <TokenWords />
      ) : (
        <p>
          <strong>{error.message}.</strong> {error.fix}
        </p>
      )}
      {asksForToken ? (
        <TokenForm />
      ) : (
        <button type="button" onClick={retryNow} data-testid="retry">
          Try now
        </button>
      )}
    </div>
  );
}

function TokenWords() {
  return hasToken.value ? (
    <p>
      <strong>This token is wrong.</strong> The server refused it. Enter the one it was started with.
    </p>
  ) : (
    <p>
      <strong>This server asks for a token.</strong> Enter the one it was started with.
    </p>
  );
}

function TokenForm() {
  return (
    <form
      class="token"
      onSubmit={(event) => {
        event.preventDefault();
        const token = new FormData(event.currentTarget).get("token");
        signInWith(typeof token === "string" ? token.trim() : "");
      }}
    >
      <label for="token">Token</label>
      <input
        id="token"
        name="token"
        type="password"
        required
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        data-testid="token"
      />
      <button type="submit" class="primary" data-testid="token-submit">
        Connect
      </button>
    </form>
  );
}
