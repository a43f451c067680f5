/** The table of the lanes: which optimizers race, with which settings, and how far they got. */

import { useSignal } from "@preact/signals";
import { Fragment } from "preact";
import { short } from "../../canvas/scale.js";
import { readable } from "../../network/readable.js";
import { aroundOf, isAverage } from "../../optimizers/around.js";
import { OptimizerSettings } from "../../optimizers/settings.js";
import { type OptimizerName, optimizerNames, optimizers, plain, rowOf, titleOf } from "../../optimizers/table.js";
import { say as sayOfOptimizers } from "../../optimizers/words.js";
import { endOf } from "../../training/courses.js";
import { EndOf } from "../../training/end.js";
import { Button } from "../../ui/button.js";
import { NumberField, Panel } from "../../ui/fields.js";
import type { Kind } from "../../url/codec.js";
import { mostLanes, race } from "./experiment.js";
import { courses, tracks } from "./results.js";
import { say } from "./words.js";

export function Lanes() {
  const { lanes, steps, epochs } = race.now.value;
  const opened = useSignal<number | undefined>(undefined);
  const change = (at: number, lane: Kind) => race.change({ lanes: lanes.map((each, i) => (i === at ? lane : each)) });
  const add = (name: OptimizerName) => {
    race.change({ lanes: [...lanes, plain(name)] });
    opened.value = lanes.length;
  };
  return (
    <Panel title={say("lanes")} tools={lanes.length < mostLanes ? <AddLane onAdd={add} /> : undefined}>
      <div class="table-frame">
        <table class="lanes">
          <thead>
            <tr>
              <th scope="col">{say("optimizer")}</th>
              <th scope="col">{say("surfaceRate")}</th>
              <th scope="col" class="result">
                {say("reached", { n: steps })}
              </th>
              <th scope="col">{say("networkRate")}</th>
              <th scope="col" class="result">
                {say("loss", { n: epochs })}
              </th>
              <td />
            </tr>
          </thead>
          <tbody>
            {lanes.map((lane, i) => (
              <Fragment key={i}>
                <LaneRow
                  lane={lane}
                  at={i}
                  open={opened.value === i}
                  onToggle={() => {
                    opened.value = opened.value === i ? undefined : i;
                  }}
                  onChange={(next) => change(i, next)}
                  onRemove={() => {
                    opened.value = undefined;
                    race.change({ lanes: lanes.filter((_, j) => j !== i) });
                  }}
                />
                {opened.value === i ? (
                  <tr class="settings-row">
                    <td colSpan={6}>
                      <OptimizerSettings lane={lane} onChange={(next) => change(i, next)} />
                    </td>
                  </tr>
                ) : null}
              </Fragment>
            ))}
          </tbody>
        </table>
      </div>
      <Whys />
      <Notes />
    </Panel>
  );
}

/** Rules whose steps are gradients over their recent size. */
const adaptive = ["rmsprop", "adam", "adamw", "adamax", "nadam", "radam", "adabelief", "yogi"];

/** Why lanes go as they go, of the rules that most people try. */
const whys: readonly {
  readonly why: "whyPlain" | "whyMomentum" | "whyAdaptive" | "whyAdagrad";
  readonly holds: (lane: Kind) => boolean;
}[] = [
  { why: "whyPlain", holds: ({ type, values }) => type === "sgd" && values.momentum === 0 },
  { why: "whyMomentum", holds: ({ type, values }) => type === "sgd" && values.momentum !== 0 },
  { why: "whyAdaptive", holds: ({ type }) => adaptive.includes(type) },
  { why: "whyAdagrad", holds: ({ type }) => type === "adagrad" },
];

function Whys() {
  const { lanes } = race.now.value;
  const told = whys.flatMap(({ why, holds }) => {
    const those = lanes.flatMap((lane, i) => (holds(lane) ? [`${i + 1} ${rowOf(lane.type).name}`] : []));
    return those.length === 0 ? [] : [sayOfOptimizers(why, { names: those.join(", ") })];
  });
  return told.length === 0 ? null : (
    <ul class="whys hint">
      {told.map((why) => (
        <li key={why}>{why}</li>
      ))}
    </ul>
  );
}

/** What must be known to compare steps and losses. */
function Notes() {
  const { lanes } = race.now.value;
  const arounds = lanes.map(({ values }) => aroundOf(values));
  const wholes = lanes.filter(({ type }) => rowOf(type).fullBatch).map(({ type }) => rowOf(type).name);
  const names = [...new Set(wholes)].join(", ");
  const notes = [
    ...(arounds.includes("sam") ? [sayOfOptimizers("noteSam")] : []),
    ...(arounds.some(isAverage) ? [sayOfOptimizers("noteAverage")] : []),
    ...(names === "" ? [] : [sayOfOptimizers("noteFullBatch", { names })]),
    ...(lanes.some(({ type }) => type === "lbfgs") ? [sayOfOptimizers("noteLbfgs")] : []),
  ];
  return notes.length === 0 ? null : (
    <ul class="notes hint">
      {notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  );
}

function AddLane({ onAdd }: { readonly onAdd: (name: OptimizerName) => void }) {
  const chosen = useSignal<OptimizerName>("adam");
  return (
    <>
      <select
        aria-label={say("addWhich")}
        value={chosen.value}
        onChange={({ currentTarget }) => {
          chosen.value = currentTarget.value as OptimizerName;
        }}
      >
        {optimizerNames.map((name) => (
          <option key={name} value={name}>
            {optimizers[name].name}
          </option>
        ))}
      </select>
      <Button icon="plus" onClick={() => onAdd(chosen.value)}>
        {say("add")}
      </Button>
    </>
  );
}

interface LaneRowProps {
  readonly lane: Kind;
  readonly at: number;
  readonly open: boolean;
  readonly onToggle: () => void;
  readonly onChange: (lane: Kind) => void;
  readonly onRemove: () => void;
}

function LaneRow({ lane, at, open, onToggle, onChange, onRemove }: LaneRowProps) {
  const { lanes } = race.now.value;
  const name = optimizers[lane.type as OptimizerName].name;
  const numbered = `${at + 1} ${name}`;
  const own = titleOf(lane, "surface").split(" · ").slice(2).join(" · ");
  const rate = (key: "surfaceRate" | "learningRate", label: string) => (
    <NumberField
      label={`${label}: ${numbered}`}
      hideLabel
      value={lane.values[key] as number}
      min={0}
      max={100}
      slider="log"
      onChange={(value) => onChange({ ...lane, values: { ...lane.values, [key]: value } })}
    />
  );
  return (
    <tr>
      <th scope="row">
        <div class="lane-name">
          <span class={`chip big s${at}`} aria-hidden="true">
            {at + 1}
          </span>
          <span>
            {name}
            {own === "" ? null : <span class="hint"> {own}</span>}
          </span>
        </div>
      </th>
      <td data-label={say("surfaceRate")}>{rate("surfaceRate", say("surfaceRate"))}</td>
      <td class="result" data-label={say("reached", { n: race.now.value.steps })}>
        <SurfaceResult at={at} />
      </td>
      <td data-label={say("networkRate")}>{rate("learningRate", say("networkRate"))}</td>
      <td class="result" data-label={say("loss", { n: race.now.value.epochs })}>
        <NetworkResult at={at} />
      </td>
      <td class="buttons">
        <Button icon="edit" look="quiet" label={say("edit", { name: numbered })} expanded={open} onClick={onToggle} />
        <Button
          icon="close"
          look="quiet"
          label={say("remove", { name: numbered })}
          disabled={lanes.length === 1}
          onClick={onRemove}
        />
      </td>
    </tr>
  );
}

function SurfaceResult({ at }: { readonly at: number }) {
  const track = tracks.value[at];
  if (track === undefined) return null;
  if (track.refused !== undefined) return <span class="bad">{readable(track.refused, [])}</span>;
  if (track.diverged !== undefined) return <span class="bad">{say("diverged", { n: track.diverged })}</span>;
  const all = tracks.value.map(({ values, diverged }) => (diverged === undefined ? values.at(-1) : undefined));
  const steps = track.values.length - 1;
  return (
    <>
      <Result value={track.values.at(-1) as number} all={all} />
      {track.gradients === steps ? null : (
        <span class="hint cost">{sayOfOptimizers("gradients", { n: track.gradients })}</span>
      )}
    </>
  );
}

function NetworkResult({ at }: { readonly at: number }) {
  const course = courses.value[at];
  return course === undefined ? null : <EndOf course={course} all={courses.value.map(endOf)} />;
}

/** A number that says if it is the best. */
function Result({ value, all }: { readonly value: number; readonly all: readonly (number | undefined)[] }) {
  const best = Math.min(...all.filter((each): each is number => each !== undefined));
  return <span class={value === best && all.length > 1 ? "best" : ""}>{short(value)}</span>;
}
