/** The room Race. */

import { Page } from "../../shell/page.js";
import { say as sayEverywhere } from "../../shell/words.js";
import { Button } from "../../ui/button.js";
import { race } from "./experiment.js";
import { downloadNumbers } from "./export.js";
import { Lanes } from "./lanes.js";
import { NetworkPanel } from "./network-panel.js";
import { busy, trouble } from "./results.js";
import { SurfacePanel } from "./surface-panel.js";
import { pause, play, playing, replay, seek, share, speed, speeds } from "./transport.js";
import { say } from "./words.js";

export function RaceRoom() {
  return (
    <Page
      room="race"
      title={sayEverywhere("race")}
      lead={say("lead")}
      experiment={race}
      actions={
        <Button icon="download" disabled={busy.value} onClick={downloadNumbers}>
          {say("numbers")}
        </Button>
      }
    >
      {trouble.value === "" ? null : (
        <div class="notice" role="alert">
          {sayEverywhere("workerFailed", { message: trouble.value })}
        </div>
      )}
      <Transport />
      <div class="tracks">
        <SurfacePanel />
        <NetworkPanel />
      </div>
      <Lanes />
    </Page>
  );
}

function Transport() {
  return (
    <div class="transport" aria-busy={busy.value}>
      {playing.value ? (
        <Button icon="pause" look="main" onClick={pause}>
          {say("pause")}
        </Button>
      ) : (
        <Button icon="play" look="main" onClick={play}>
          {say("play")}
        </Button>
      )}
      <Button icon="step" label={say("step")} onClick={() => seek(share.value + 1 / race.now.value.steps)} />
      <Button icon="replay" label={say("replay")} onClick={replay} />
      <Scrubber />
      <label class="inline">
        <span>{say("speed")}</span>
        <select
          value={String(speed.value)}
          onChange={({ currentTarget }) => {
            speed.value = Number(currentTarget.value);
          }}
        >
          {speeds.map((each) => (
            <option key={each} value={String(each)}>
              {say("times", { n: each })}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

function Scrubber() {
  const step = Math.floor(share.value * race.now.value.steps);
  return (
    <>
      <input
        type="range"
        aria-label={say("place")}
        aria-valuetext={say("atStep", { n: step })}
        min={0}
        max={1000}
        value={Math.round(share.value * 1000)}
        onInput={({ currentTarget }) => seek(Number(currentTarget.value) / 1000)}
      />
      <span class="counter">{say("atStep", { n: step })}</span>
    </>
  );
}
