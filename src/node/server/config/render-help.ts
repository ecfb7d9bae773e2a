// The help of `floe serve` and `floe turn`, made from the keys and flags, so that it cannot say what the command does not do.
import { type CommandFlag, type ConfigCommand, commandFlags, type KeyFlag, keyFlags } from "./command-flags.js";
import { type ConfigKey, configKeys } from "./config-key.js";

const WIDTH = 100;

/** The help of `floe` and `floe serve`, or of `floe turn`. Ends with a line feed. */
export function renderHelp(command: ConfigCommand = "serve"): string {
  return command === "serve" ? serveHelp() : turnHelp();
}

function serveHelp(): string {
  return `floe: live media from one source to any number of browsers, or from browsers into files

Usage:
  floe [serve] [FLAGS]   play a source on a web page until Ctrl-C
  floe turn [FLAGS]      run a STUN and TURN server alone (floe turn --help)
  floe bench NAME        run a bench (in a checkout of the repository)
  floe help | version    show this help, or the version

Flags of serve:
${flagRows("serve")}

Examples:
  floe                                    play the built-in test picture on http://127.0.0.1:4500/
  floe --source clip.mp4                  play a file, over and over
  floe --mode record                      record whoever publishes from the page
  floe --port 0 --json                    any free port, events for programs
  FLOE_AUTH_TOKEN=… floe --host 0.0.0.0   open to the network, with a token

Settings: defaults < configuration file < environment (${configKeys[0].env}, …) < flags.
Exit codes: 0 ok, 1 failed while running, 2 usage, 3 configuration, 4 cannot start (source, port).
`;
}

function turnHelp(): string {
  return `floe turn: a STUN and TURN server for clients that cannot reach each other

Usage:
  floe turn [FLAGS]      run until Ctrl-C; at least FLOE_TURN_SECRET or FLOE_TURN_USERS is set

Flags:
${flagRows("turn")}

Examples:
  FLOE_TURN_SECRET=… floe turn                 credentials as with coturn's use-auth-secret
  FLOE_TURN_USERS=ada:… floe turn --json       a user with a password, events for programs
  FLOE_TURN_SECRET=… floe turn --turn-external-ip 203.0.113.5
                                               behind a NAT or in a container
  FLOE_TURN_SECRET=… FLOE_TURN_TLS_CERT=chain.pem FLOE_TURN_TLS_KEY=key.pem floe turn
                                               turns: on port 5349 too

Private, loopback and link-local peers are refused unless turn.allowPeers lists them.
Settings: defaults < configuration file < environment < flags. Limits, TLS and more: keys turn.*.
Exit codes: 0 ok, 1 failed while running, 2 usage, 3 configuration, 4 cannot start (port, TLS).
`;
}

function flagRows(command: ConfigCommand): string {
  const rows = [...keyFlags(command).map(keyRow), ...commandFlags.map(commandRow)];
  const indent = Math.max(...rows.map((row) => row.left.length)) + 4;
  return rows.map((row) => `  ${row.left.padEnd(indent - 2)}${wrap(row.right, indent)}`).join("\n");
}

type Row = { readonly left: string; readonly right: string };

function keyRow({ key, flag }: KeyFlag): Row {
  const left = flag.hasNegative === true ? `--${flag.name}, --no-${flag.name}` : `--${flag.name}`;
  const allowed =
    key.kind.text === "string" && key.kind.allowed.startsWith("one of ") ? ` ${capital(key.kind.allowed)}.` : "";
  return {
    left: `    ${left}${flag.value === undefined ? "" : ` ${flag.value}`}`,
    right: `${plain(key.help)}${allowed}${defaultOf(key)} [${key.env}]`,
  };
}

function commandRow(flag: CommandFlag): Row {
  const short = flag.short === undefined ? "    " : `-${flag.short}, `;
  return { left: `${short}--${flag.name}${flag.value === undefined ? "" : ` ${flag.value}`}`, right: flag.help };
}

function defaultOf(key: ConfigKey): string {
  if (key.fallback === undefined || key.fallback === false) {
    return "";
  }
  return ` Default: ${key.fallback === true ? "on" : String(key.fallback)}.`;
}

function plain(help: string): string {
  return help.replaceAll("`", "");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function wrap(text: string, indent: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join(`\n${" ".repeat(indent)}`);
}
