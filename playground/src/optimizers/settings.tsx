/** The settings of one optimizer as fields. */

import { Button } from "../ui/button.js";
import { Check, NumberField, Select } from "../ui/fields.js";
import type { Kind } from "../url/codec.js";
import { type AroundName, aroundKey, aroundNames, aroundOf, aroundSettings } from "./around.js";
import { settingName } from "./names.js";
import type { Setting } from "./setting.js";
import { type OptimizerName, plain, rowOf } from "./table.js";
import { say } from "./words.js";

type Value = number | boolean | string;

interface OptimizerSettingsProps {
  readonly lane: Kind;
  readonly onChange: (lane: Kind) => void;
}

export function OptimizerSettings({ lane, onChange }: OptimizerSettingsProps) {
  const { type, values } = lane;
  const { settings, alone = false } = rowOf(type);
  const around = aroundOf(values);
  const set = (key: string, value: Value) => onChange({ ...lane, values: { ...values, [key]: value } });
  const usual = plain(type as OptimizerName);
  const field = (name: string, key: string, setting: Setting) => (
    <SettingField
      key={key}
      {...settingName(name, around !== "none" && key !== name ? around : type)}
      setting={setting}
      value={values[key]}
      onChange={(value) => set(key, value)}
    />
  );
  return (
    <div class="fields settings">
      {Object.entries(settings).map(([key, setting]) => field(key, key, setting))}
      {alone ? null : (
        <>
          <Select
            label={say("around")}
            value={around}
            options={aroundNames.map((name) => [name, say(name)])}
            onChange={(name: AroundName) => set("around", name)}
          />
          {Object.entries(aroundSettings(around)).map(([key, setting]) => field(key, aroundKey(key), setting))}
        </>
      )}
      <Button
        icon="undo"
        disabled={Object.entries(usual.values).every(([key, value]) => values[key] === value)}
        onClick={() => onChange(usual)}
      >
        {say("defaults")}
      </Button>
    </div>
  );
}

interface SettingFieldProps {
  readonly label: string;
  readonly code?: string;
  readonly setting: Setting;
  readonly value: Value | undefined;
  readonly onChange: (value: Value) => void;
}

function SettingField({ label, code, setting, value, onChange }: SettingFieldProps) {
  switch (setting.kind) {
    case "number":
    case "whole":
      return (
        <NumberField
          label={label}
          code={code}
          value={value as number}
          min={setting.min}
          max={setting.max}
          whole={setting.kind === "whole"}
          {...(setting.kind === "number" ? { slider: setting.scale } : {})}
          onChange={onChange}
        />
      );
    case "flag":
      return <Check label={label} code={code} checked={value as boolean} onChange={onChange} />;
    default:
      return (
        <Select
          label={label}
          code={code}
          value={value as string}
          options={setting.words.map((word) => [word, word])}
          onChange={onChange}
        />
      );
  }
}
