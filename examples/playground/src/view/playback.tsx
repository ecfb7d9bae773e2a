// A recording that plays in its row.
import { useEffect, useState } from "preact/hooks";
import type { RecordingInfo } from "../model/recording-info.js";
import { downloadRecording, fileUrl, whyNotThere } from "../model/recordings.js";

/** The picture with the browser's own controls; one part after the other when there are several. */
export function Playback({
  info,
  parts,
  label,
}: {
  readonly info: RecordingInfo;
  readonly parts: readonly string[];
  readonly label: string;
}) {
  const [part, setPart] = useState(0);
  const [fault, setFault] = useState("");
  const { id, format, isLive } = info;
  useEffect(() => setFault(""), [part]);
  return (
    <div class="playback" data-testid="playback">
      {/* biome-ignore lint/a11y/useMediaCaption: nobody has written down yet what is said in a recording */}
      <video
        controls
        autoplay
        playsInline
        src={fileUrl(id, { segment: part })}
        aria-label={label}
        data-testid="playback-video"
        onError={({ currentTarget: { error } }) => {
          setFault(faultWords(error, format));
          // The element does not tell one from the other: a file that it cannot play, and none at all.
          void whyNotThere(id).then((words) => words !== "" && setFault(words));
        }}
        onEnded={() => setPart(part + 1 < parts.length ? part + 1 : part)}
      />
      {fault !== "" && (
        <p class="list-trouble" role="alert" data-testid="playback-fault">
          {fault}
        </p>
      )}
      {isLive && <p class="quiet">It is being recorded: this plays what there was when you pressed Play.</p>}
      {parts.length > 0 && (
        <ul class="parts-list" aria-label="Parts">
          {parts.map((words, index) => (
            <li key={words}>
              <button type="button" aria-pressed={index === part} onClick={() => setPart(index)}>
                {words}
              </button>
              <button
                type="button"
                aria-label={`Download part ${index + 1}`}
                onClick={() => downloadRecording(info, index)}
              >
                Download
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function faultWords(error: MediaError | null, format: string): string {
  if (error?.code === MediaError.MEDIA_ERR_NETWORK) {
    return "The recording does not come from the server any more. Close it, and play it again.";
  }
  return error?.code === MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED
    ? `This browser does not play this recording (${format.toUpperCase()}). Download it, and play it elsewhere.`
    : `This browser stopped playing: ${error?.message || "it does not say why"}. Download it, and play it elsewhere.`;
}
