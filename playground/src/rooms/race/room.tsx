/** The room Race. */

import { useEffect } from "preact/hooks";
import { type OptimizerName, optimizers } from "../../optimizers/table.js";
import { announce, Page } from "../../shell/page.js";
import { say as sayEverywhere } from "../../shell/words.js";
import { endOf, meanOf } from "../../training/courses.js";
import { share, stepOf } from "../../transport/film.js";
import { FilmTransport } from "../../transport/transport.js";
import { Button } from "../../ui/button.js";
import { Icon } from "../../ui/icon.js";
import { Trouble } from "../../ui/notice.js";
import { race } from "./experiment.js";
import { downloadNumbers } from "./export.js";
import { Lanes } from "./lanes.js";
import { NetworkPanel } from "./network-panel.js";
import { busy, courses, tracks, trouble } from "./results.js";
import { SurfacePanel } from "./surface-panel.js";
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
      <Trouble message={trouble.value} />
      <Transport />
      <Standings />
      <div class="tracks">
        <SurfacePanel />
        <NetworkPanel />
      </div>
      <Lanes />
    </Page>
  );
}

function Transport() {
  const { steps } = race.now.value;
  const at = say("atStep", { n: stepOf(steps) });
  return <FilmTransport place={say("place")} at={at} steps={steps} busy={busy.value} />;
}

/** Who is in front, and in the end who has won, which screen readers are told. */
function Standings() {
  const { steps, epochs } = race.now.value;
  const isOver = share.value === 1 && !busy.value;
  const step = stepOf(steps);
  const epoch = stepOf(epochs);
  const surface = tracks.value.map(({ values, diverged }) =>
    step >= (diverged ?? Number.NaN) ? undefined : values[step],
  );
  const network = courses.value.map((course) => (isOver ? endOf(course).loss : meanOf(course, epoch)));
  const text = say(isOver ? "finished" : "leading", { surface: bestOf(surface), network: bestOf(network) });
  useEffect(() => {
    if (isOver) announce(text);
  }, [isOver, text]);
  return (
    <p class={isOver ? "standings over" : "standings"}>
      {isOver ? <Icon name="check" /> : null}
      <span>{text}</span>
    </p>
  );
}

/** The name of the lane with the lowest value. */
function bestOf(values: readonly (number | undefined)[]): string {
  const { lanes } = race.now.value;
  const best = Math.min(...values.map((value) => value ?? Number.POSITIVE_INFINITY));
  const at = values.indexOf(best);
  const lane = lanes[at];
  return lane === undefined ? say("nobody") : `${at + 1} ${optimizers[lane.type as OptimizerName].name}`;
}
