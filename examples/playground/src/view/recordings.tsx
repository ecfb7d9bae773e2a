// What the server has recorded: the list, and what can be done with each.
import { useRef } from "preact/hooks";
import { sizeWords } from "../model/amounts.js";
import { type RecordingRow, recordingRows } from "../model/recording-rows.js";
import {
  busyId,
  deleteRecording,
  doomedId,
  downloadRecording,
  listNotice,
  listTrouble,
  playedId,
  recordings,
  refreshRecordings,
  stopRecording,
} from "../model/recordings.js";
import { linkState } from "../model/server-link.js";
import { ConfirmDelete } from "./confirm-delete.js";
import { Playback } from "./playback.js";

/** The right half of the page. */
export function Recordings() {
  const title = useRef<HTMLHeadingElement>(null);
  const list = recordings.value;
  const rows = recordingRows(list ?? [], Date.now());
  const doomed = list?.find(({ id }) => id === doomedId.value);
  return (
    <section class="card recordings" aria-labelledby="recordings-title" data-testid="recordings">
      <div class="heading">
        <h2 id="recordings-title" ref={title} tabIndex={-1}>
          Recordings
        </h2>
        <p class="quiet" data-testid="recordings-sum">
          {rows.length === 0 ? "" : sumWords(list ?? [])}
        </p>
      </div>
      <p class="quiet" role="status" data-testid="recordings-words">
        {emptyWords(rows.length)}
      </p>
      {listTrouble.value !== "" && linkState.value.kind === "online" && (
        <p class="list-trouble" role="alert" data-testid="recordings-trouble">
          <span>{listTrouble.value}</span>
          <button type="button" onClick={() => void refreshRecordings()}>
            Try now
          </button>
        </p>
      )}
      <p class="quiet" role="status" data-testid="recordings-notice">
        {listNotice.value}
      </p>
      <ul class="rows">
        {rows.map((row) => (
          <Row key={row.id} row={row} />
        ))}
      </ul>
      <ConfirmDelete
        info={doomed}
        onDelete={async (info) => {
          doomedId.value = "";
          await deleteRecording(info);
          // The button that had the focus is gone with its row.
          title.current?.focus();
        }}
        onKeep={() => {
          doomedId.value = "";
        }}
      />
    </section>
  );
}

function Row({ row }: { readonly row: RecordingRow }) {
  const { id, name, badge, when, duration, facts, notes, isLive, hasMedia } = row;
  const info = recordings.value?.find((each) => each.id === id);
  const isPlayed = playedId.value === id;
  const isBusy = busyId.value === id;
  const label = `${name}, ${when}`;
  if (info === undefined) {
    return null;
  }
  return (
    <li data-testid="recording" data-id={id} data-state={info.state}>
      <p class="line">
        <span class="name">{name}</span>
        {badge !== undefined && (
          <span class="badge" data-tone={badge.tone} data-testid="badge">
            {badge.words}
          </span>
        )}
        <span class="duration" data-testid="duration">
          {duration}
        </span>
      </p>
      <p class="what" data-testid="facts">
        {[when, ...facts].join(" · ")}
      </p>
      {notes.map((note) => (
        <p key={note} class="note" data-testid="note">
          {note}
        </p>
      ))}
      <p class="buttons">
        {hasMedia && (
          <button
            type="button"
            aria-expanded={isPlayed}
            aria-label={isPlayed ? `Close ${label}` : `Play ${label}`}
            data-testid={isPlayed ? "close" : "play"}
            onClick={() => {
              playedId.value = isPlayed ? "" : id;
            }}
          >
            {isPlayed ? (
              "Close"
            ) : (
              <>
                <span class="play-sign" aria-hidden="true">
                  ▶
                </span>
                Play
              </>
            )}
          </button>
        )}
        {hasMedia && info.segments.length <= 1 && (
          <button
            type="button"
            aria-label={`Download ${label}`}
            data-testid="download"
            onClick={() => downloadRecording(info)}
          >
            Download
          </button>
        )}
        {isLive ? (
          <button
            type="button"
            disabled={isBusy}
            aria-label={`Stop recording ${label}`}
            data-testid="stop-recording"
            onClick={() => void stopRecording(id)}
          >
            Stop
          </button>
        ) : (
          <button
            type="button"
            disabled={isBusy}
            aria-label={`Delete ${label}`}
            aria-haspopup="dialog"
            data-testid="delete"
            onClick={() => {
              doomedId.value = id;
            }}
          >
            Delete
          </button>
        )}
      </p>
      {isPlayed && <Playback info={info} parts={row.parts} label={label} />}
    </li>
  );
}

function emptyWords(count: number): string {
  if (recordings.value === undefined && linkState.value.kind !== "online") {
    return "The list comes with the connection to the server.";
  }
  if (recordings.value === undefined) {
    return listTrouble.value === "" ? "Asking the server what it has recorded…" : "";
  }
  return count > 0 ? "" : "Nothing is recorded yet. What you broadcast appears here.";
}

function sumWords(list: readonly { readonly bytes: number }[]): string {
  const bytes = list.reduce((sum, each) => sum + each.bytes, 0);
  return `${list.length === 1 ? "1 recording" : `${list.length} recordings`}, ${sizeWords(bytes)}`;
}
