// The reference of all configuration keys in Markdown, made from the schema. README.md in this folder is its output.
import { type ConfigKey, configKeys } from "./config-key.js";

/** The whole text of README.md. Ends with a line feed. */
export function renderConfigDocs(): string {
  const rows = configKeys.map(
    (key) =>
      `| \`${key.path}\` | ${defaultText(key)} | ${cell(key.kind.allowed)} | \`${key.env}\` | ${flagCell(key)} | ${cell(key.help)} |`,
  );
  return `# Configuration

<!-- Made from config-schema.ts by renderConfigDocs(); a test compares. Refresh it: npx vitest run --project unit test/node/config -u -->

Defaults < configuration file < environment < flags. The file is JSON with nested keys, \`--config PATH\`, \`FLOE_CONFIG\` or
\`./config.json\` when it exists; \`http.port\` is written \`{ "http": { "port": 4500 } }\`. Relative paths in the file count from
its folder, those in flags and environment from the working directory. Unknown keys are warned about. An empty variable
counts as unset; yes/no variables take 1, true, yes, on, 0, false, no, off; lists are separated by commas. Secrets have no
flag, because other users can read flags.

| key | default | allowed | environment | flag | meaning |
|---|---|---|---|---|---|
${rows.join("\n")}

Listening wider than this machine needs a token, or \`http.insecure\`; in record mode it needs a token.

A \`media.record.format\` that does not take \`media.record.videoCodec\` is an error, and so is \`media.record.transcode\` with another format
than mp4. The folder of recordings by default is \`recordings\` in the working directory.

\`floe turn\` takes the same configuration and needs \`turn.secret\` or \`turn.users\`; of the flags it has those of \`turn.*\` and \`log.*\`,
\`--host\` for \`turn.host\` and \`--port\` for \`turn.port\`. In \`floe serve\` a default port 3478 that is taken is a warning, and the server
goes on without a relay; once any \`turn.*\` key is set, it is an error.
`;
}

function defaultText(key: ConfigKey): string {
  const { fallback } = key;
  if (fallback === undefined) {
    return "unset";
  }
  if (fallback === "" || (Array.isArray(fallback) && fallback.length === 0)) {
    return "empty";
  }
  return `\`${String(fallback)}\``;
}

function flagCell(key: ConfigKey): string {
  const { flag } = key;
  if (flag === undefined) {
    return "";
  }
  const positive = `\`--${flag.name}${flag.value === undefined ? "" : ` ${flag.value}`}\``;
  return flag.hasNegative === true ? `${positive} \`--no-${flag.name}\`` : positive;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
