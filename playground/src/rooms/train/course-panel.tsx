/** Losses over the epochs, and the controls of the training. */

import { short } from "../../canvas/scale.js";
import { type Chart, LineChart } from "../../chart/line-chart.js";
import { Button } from "../../ui/button.js";
import { Panel } from "../../ui/fields.js";
import { train } from "./experiment.js";
import { pause, play, playing, type Speed, speed, speedNames, step } from "./pace.js";
import { downloadModel, downloadPredictions } from "./results-out.js";
import { again, course, failure, phase, task, view } from "./session.js";
import { say } from "./words.js";

export function Transport() {
  const isOver = phase.value === "done" || phase.value === "diverged" || phase.value === "failed";
  return (
    <div class="transport" data-phase={phase} data-epoch={view.value?.epoch}>
      {playing.value && !isOver ? (
        <Button icon="pause" look="main" onClick={pause}>
          {say("pause")}
        </Button>
      ) : (
        <Button icon="play" look="main" onClick={isOver ? again : play}>
          {say("play")}
        </Button>
      )}
      <Button icon="step" label={say("oneEpoch")} disabled={isOver} onClick={step} />
      <Button icon="replay" label={say("again")} onClick={again} />
      <Button onClick={() => train.change({ seed: (train.now.value.seed + 1) % 2 ** 32 })}>{say("newSeed")}</Button>
      <label class="inline">
        <span>{say("speed")}</span>
        <select
          value={speed.value}
          onChange={({ currentTarget }) => {
            speed.value = currentTarget.value as Speed;
          }}
        >
          {speedNames.map((name) => (
            <option key={name} value={name}>
              {say(name)}
            </option>
          ))}
        </select>
      </label>
      <span class="counter wide">{say("epoch", { n: view.value?.epoch ?? 0, all: train.now.value.epochs })}</span>
    </div>
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
      return (
        <div class="notice" role="alert">
          {say(phase.value, { why: failure.value })}
        </div>
      );
    default:
      return null;
  }
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
