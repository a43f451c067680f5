/** Losses over the epochs, and the controls of the training. */

import { DivergenceError } from "downhill";
import { short } from "../../canvas/scale.js";
import { type Chart, LineChart } from "../../chart/line-chart.js";
import { readable } from "../../network/readable.js";
import { Transport as TransportOf } from "../../transport/transport.js";
import { Button } from "../../ui/button.js";
import { Panel } from "../../ui/fields.js";
import { Notice } from "../../ui/notice.js";
import { train } from "./experiment.js";
import { pause, play, playing, speed, speedNames, step } from "./pace.js";
import { downloadModel, downloadPredictions } from "./results-out.js";
import { again, course, failure, phase, task, view } from "./session.js";
import { say } from "./words.js";

export function Transport() {
  const isOver = phase.value === "done" || phase.value === "diverged" || phase.value === "failed";
  return (
    <TransportOf
      playing={playing.value && !isOver}
      onPlay={isOver ? again : play}
      onPause={pause}
      onStep={step}
      onReplay={again}
      isOver={isOver}
      names={{ play: say("play"), step: say("oneEpoch"), replay: say("again") }}
      speed={speed.value}
      speeds={speedNames.map((name) => [name, say(name)])}
      onSpeed={(name) => {
        speed.value = name;
      }}
      state={{ "data-phase": phase.value, "data-epoch": view.value?.epoch }}
    >
      <Button onClick={() => train.change({ seed: (train.now.value.seed + 1) % 2 ** 32 })}>{say("newSeed")}</Button>
      <span class="counter wide">{say("epoch", { n: view.value?.epoch ?? 0, all: train.now.value.epochs })}</span>
    </TransportOf>
  );
}

export function Condition() {
  switch (phase.value) {
    case "loading":
      return <p class="quiet condition">{say("loading")}</p>;
    case "waiting":
      return <p class="quiet condition">{say("waiting")}</p>;
    case "diverged":
    case "failed":
      return <Notice>{told(failure.value)}</Notice>;
    default:
      return null;
  }
}

/** What went wrong, and what may help. */
function told(error: unknown): string {
  const layers = task.value?.config.layers ?? [];
  if (!(error instanceof DivergenceError)) {
    return say("failed", { why: readable(error instanceof Error ? error.message : String(error), layers) });
  }
  const { epoch, step, cause, advice } = error;
  const explained = readable([cause, advice[0]?.remedy ?? ""].join(" "), layers);
  return `${say("diverged", { epoch: epoch + 1, step: step + 1 })} ${explained}`;
}

function chart(): Chart {
  const { epochs, train: learn, test } = course.value;
  return {
    lines: [
      { name: say("train"), colour: 0, x: epochs, y: learn },
      { name: say("test"), colour: 1, x: epochs, y: test },
    ],
    xKind: "linear",
    yKind: "log",
    xName: say("epochsAxis"),
    xRange: [0, Math.max(1, train.now.value.epochs)],
  };
}

export function CoursePanel() {
  const { data } = train.now.value;
  const isOver = phase.value === "done";
  return (
    <Panel
      title={say("losses")}
      tools={
        <>
          <Button icon="download" disabled={view.value === undefined} onClick={downloadModel}>
            {say("saveModel")}
          </Button>
          {data === "own" ? (
            <Button icon="download" disabled={view.value === undefined} onClick={downloadPredictions}>
              {say("savePredictions")}
            </Button>
          ) : null}
        </>
      }
    >
      <Numbers isOver={isOver} />
      <LineChart
        label={say("lossLabel")}
        chart={chart}
        height={220}
        readingOf={(x) => say("atEpoch", { n: Math.round(x) })}
      />
      <p class="hint legend">
        <span>
          <span class="chip s0" aria-hidden="true" />
          {say("train")}
        </span>
        <span>
          <span class="chip s1" aria-hidden="true" />
          {say("test")}
        </span>
      </p>
    </Panel>
  );
}

function Numbers({ isOver }: { readonly isOver: boolean }) {
  const { train: learn, test, metric, testMetric } = course.value;
  const [loss, held] = [learn.at(-1), test.at(-1)];
  if (loss === undefined || held === undefined) return null;
  const name = (task.value?.train.classes ?? 0) > 0 ? "accuracy" : "r2";
  return (
    <div
      class="numbers"
      aria-live={isOver ? "polite" : "off"}
      data-loss={loss}
      data-test-loss={held}
      data-metric={testMetric.at(-1)}
    >
      <span>{say("numbers", { train: short(loss), test: short(held) })}</span>
      <span>
        {say(name, { train: short(metric.at(-1) ?? Number.NaN), test: short(testMetric.at(-1) ?? Number.NaN) })}
      </span>
    </div>
  );
}
