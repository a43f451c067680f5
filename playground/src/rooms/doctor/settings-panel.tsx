/** The patient: examples to start from, and everything that can be set. */

import { planeNames } from "../../data/toys.js";
import { say as sayData } from "../../data/words.js";
import { normalizationNames } from "../../network/normalizations.js";
import { say as sayOfNetworks } from "../../network/words.js";
import { optimizers, ruleNames } from "../../optimizers/table.js";
import { Button } from "../../ui/button.js";
import { NumberField, Panel, Select } from "../../ui/fields.js";
import { doctor } from "./experiment.js";
import {
  activationNames,
  initializerNames,
  nameOf,
  type PatientName,
  patientNames,
  patientOf,
  type Settings,
} from "./patient.js";
import { say } from "./words.js";

/** Another network: what was taken or tried was for the one before. */
export const change = (part: Partial<Settings>) => doctor.change({ ...part, taken: [], tried: [] });

const titleOf = (name: PatientName) =>
  say(`patient${name.charAt(0).toUpperCase()}${name.slice(1)}` as `patient${Capitalize<PatientName>}`);

export function Patients() {
  const chosen = nameOf(doctor.now.value);
  return (
    <fieldset class="patients">
      <legend class="visually-hidden">{say("patients")}</legend>
      {patientNames.map((name) => (
        <Button key={name} pressed={name === chosen} onClick={() => change(patientOf(name))}>
          {titleOf(name)}
        </Button>
      ))}
    </fieldset>
  );
}

export function SettingsPanel() {
  const now = doctor.now.value;
  const number = (
    key: "depth" | "width" | "deviation" | "bias" | "scale" | "rate" | "updates" | "seed",
    min: number,
    max: number,
    slider?: "linear" | "log",
  ) => (
    <NumberField
      label={say(key)}
      value={now[key]}
      min={min}
      max={max}
      whole={["depth", "width", "updates", "seed"].includes(key)}
      {...(slider === undefined ? {} : { slider })}
      onChange={(value) => change({ [key]: value })}
    />
  );
  return (
    <Panel title={say("patient")} class="patient">
      {number("depth", 1, 40, "linear")}
      <Select
        label={say("activation")}
        value={now.activation}
        options={activationNames.map((name) => [name, name])}
        onChange={(name) => change({ activation: name })}
      />
      <Select
        label={say("initializer")}
        value={now.initializer}
        options={initializerNames.map((name) => [name, name === "normal" ? say("normal") : name])}
        onChange={(name) => change({ initializer: name })}
      />
      {now.initializer === "normal" ? number("deviation", 1e-4, 10, "log") : null}
      {number("width", 1, 128, "linear")}
      <Select
        label={sayOfNetworks("normalization")}
        value={now.normalization}
        options={normalizationNames.map((name) => [name, sayOfNetworks(name)])}
        onChange={(name) => change({ normalization: name })}
      />
      {number("scale", 1e-4, 1e4, "log")}
      <Select
        label={say("optimizer")}
        value={now.optimizer}
        options={ruleNames.map((name) => [name, optimizers[name].name])}
        onChange={(name) => change({ optimizer: name })}
      />
      {number("rate", 1e-6, 100, "log")}
      <details class="more">
        <summary>{say("more")}</summary>
        <div class="stack">
          <Select
            label={say("data")}
            value={now.data}
            options={planeNames.map((name) => [name, sayData(name)])}
            onChange={(name) => change({ data: name })}
          />
          {number("bias", -20, 20, "linear")}
          {number("updates", 8, 4000, "linear")}
          {number("seed", 0, 2 ** 32 - 1)}
        </div>
      </details>
    </Panel>
  );
}
