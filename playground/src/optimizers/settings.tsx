/** The settings of one optimizer as fields. */

import { Check, NumberField, Select } from "../ui/fields.js";
import type { Kind } from "../url/codec.js";
import { rowOf } from "./table.js";

interface OptimizerSettingsProps {
  readonly lane: Kind;
  readonly onChange: (lane: Kind) => void;
}

export function OptimizerSettings({ lane, onChange }: OptimizerSettingsProps) {
  const set = (key: string, value: number | boolean | string) =>
    onChange({ ...lane, values: { ...lane.values, [key]: value } });
  return (
    <div class="fields settings">
      {Object.entries(rowOf(lane.type).settings).map(([key, setting]) => {
        const value = lane.values[key];
        switch (setting.kind) {
          case "number":
          case "whole":
            return (
              <NumberField
                key={key}
                label={key}
                value={value as number}
                min={setting.min}
                max={setting.max}
                whole={setting.kind === "whole"}
                {...(setting.kind === "number" ? { slider: setting.scale } : {})}
                onChange={(number) => set(key, number)}
              />
            );
          case "flag":
            return <Check key={key} label={key} checked={value as boolean} onChange={(flag) => set(key, flag)} />;
          default:
            return (
              <Select
                key={key}
                label={key}
                value={value as string}
                options={setting.words.map((word) => [word, word])}
                onChange={(word) => set(key, word)}
              />
            );
        }
      })}
    </div>
  );
}
