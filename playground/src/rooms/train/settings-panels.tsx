/** What is learned, by what, and how: everything that a link holds. */

import { say as sayData } from "../../data/words.js";
import { normalizationNames } from "../../network/normalizations.js";
import { say as sayOfNetworks } from "../../network/words.js";
import { OptimizerSettings } from "../../optimizers/settings.js";
import { type OptimizerName, optimizerNames, optimizers, plain, rowOf } from "../../optimizers/table.js";
import { say as sayOfOptimizers } from "../../optimizers/words.js";
import { Button } from "../../ui/button.js";
import { NumberField, Panel, Select } from "../../ui/fields.js";
import { choose, mostLayers, mostUnits, train } from "./experiment.js";
import {
  activationNames,
  type DataName,
  dataNames,
  initializerNames,
  type ScheduleName,
  scheduleNames,
} from "./task.js";
import { say } from "./words.js";

const optionNames = <T extends string>(names: readonly T[]) => names.map((name) => [name, name] as const);

export function DataPanel() {
  const { data, noise, rows, seed } = train.now.value;
  const isDrawn = data !== "digits" && data !== "own";
  return (
    <Panel title={say("data")} class="setting">
      <Select
        label={say("data")}
        value={data}
        options={dataNames.map((name) => [name, name === "own" ? say("own") : sayData(name)])}
        onChange={(name: DataName) => choose(name)}
        {...(data === "digits" ? { hint: say("digitsSize") } : {})}
      />
      {isDrawn ? (
        <>
          <NumberField
            label={say("noise")}
            value={noise}
            min={0}
            max={1}
            slider="linear"
            onChange={(value) => train.change({ noise: value })}
          />
          <NumberField
            label={say("rows")}
            value={rows}
            min={40}
            max={4000}
            whole
            slider="log"
            onChange={(value) => train.change({ rows: value })}
          />
        </>
      ) : null}
      <NumberField
        label={say("seed")}
        value={seed}
        min={0}
        max={2 ** 32 - 1}
        whole
        onChange={(value) => train.change({ seed: value })}
      />
    </Panel>
  );
}

export function BuildPanel() {
  const { activation, initializer, normalization, dropout } = train.now.value;
  return (
    <Panel title={say("network")} class="setting">
      <HiddenLayers />
      <Select
        label={say("activation")}
        value={activation}
        options={optionNames(activationNames)}
        onChange={(name) => train.change({ activation: name })}
      />
      <Select
        label={say("initializer")}
        value={initializer}
        options={optionNames(initializerNames)}
        onChange={(name) => train.change({ initializer: name })}
      />
      <Select
        label={sayOfNetworks("normalization")}
        value={normalization}
        options={normalizationNames.map((name) => [name, sayOfNetworks(name)])}
        onChange={(name) => train.change({ normalization: name })}
      />
      <NumberField
        label={say("dropout")}
        value={dropout}
        min={0}
        max={0.9}
        slider="linear"
        onChange={(value) => train.change({ dropout: value })}
      />
    </Panel>
  );
}

function HiddenLayers() {
  const { hidden } = train.now.value;
  const set = (at: number, units: number) =>
    train.change({ hidden: hidden.map((each, i) => (i === at ? Math.max(1, Math.min(mostUnits, units)) : each)) });
  return (
    <fieldset class="layers">
      <legend class="field-label">{say("hiddenLayers")}</legend>
      {hidden.map((units, i) => {
        const n = i + 1;
        return (
          <div class="layer-row" key={n}>
            <span class="layer-name" aria-hidden="true">
              {n}
            </span>
            <Button icon="minus" label={say("fewer", { n })} disabled={units === 1} onClick={() => set(i, units - 1)} />
            <NumberField
              label={say("layerUnits", { n })}
              hideLabel
              value={units}
              min={1}
              max={mostUnits}
              whole
              onChange={(value) => set(i, value)}
            />
            <Button
              icon="plus"
              label={say("moreUnits", { n })}
              disabled={units === mostUnits}
              onClick={() => set(i, units + 1)}
            />
            <Button
              icon="close"
              look="quiet"
              label={say("removeLayer", { n })}
              onClick={() => train.change({ hidden: hidden.filter((_, j) => j !== i) })}
            />
          </div>
        );
      })}
      {hidden.length < mostLayers ? (
        <Button icon="plus" onClick={() => train.change({ hidden: [...hidden, hidden.at(-1) ?? 8] })}>
          {say("addLayer")}
        </Button>
      ) : null}
    </fieldset>
  );
}

export function TrainingPanel() {
  const { optimizer, schedule, clip, batch, epochs } = train.now.value;
  const row = rowOf(optimizer.type);
  const scheduleName = (name: ScheduleName) => say(name === "step" ? "stepDecay" : name);
  return (
    <Panel title={say("training")} class="setting">
      <Select
        label={say("optimizer")}
        value={optimizer.type as OptimizerName}
        options={optimizerNames.map((name) => [name, optimizers[name].name])}
        onChange={(name) => train.change({ optimizer: plain(name) })}
      />
      <NumberField
        label={say("rate")}
        value={optimizer.values.learningRate as number}
        min={0}
        max={100}
        slider="log"
        onChange={(value) =>
          train.change({ optimizer: { ...optimizer, values: { ...optimizer.values, learningRate: value } } })
        }
      />
      <details class="more">
        <summary>{say("settings", { name: row.name })}</summary>
        <div class="stack">
          <OptimizerSettings lane={optimizer} onChange={(next) => train.change({ optimizer: next })} />
        </div>
      </details>
      <Select
        label={say("schedule")}
        value={schedule}
        options={scheduleNames.map((name) => [name, scheduleName(name)])}
        onChange={(name) => train.change({ schedule: name })}
      />
      <NumberField
        label={say("clip")}
        value={clip}
        min={0}
        max={1000}
        onChange={(value) => train.change({ clip: value })}
      />
      <NumberField
        label={say("batch")}
        hint={row.fullBatch ? sayOfOptimizers("allRows") : undefined}
        value={batch}
        min={1}
        max={4000}
        whole
        onChange={(value) => train.change({ batch: value })}
      />
      <NumberField
        label={say("epochs")}
        value={epochs}
        min={1}
        max={5000}
        whole
        onChange={(value) => train.change({ epochs: value })}
      />
    </Panel>
  );
}
