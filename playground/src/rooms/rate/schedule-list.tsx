/** The table of the schedules: their kinds, how their trainings ended, and the settings of the chosen one. */

import { Fragment } from "preact";
import { settingName } from "../../optimizers/names.js";
import { plain, type ScheduleName, type ScheduleSetting, scheduleNames, settingsOf } from "../../schedules/table.js";
import { endOf } from "../../training/courses.js";
import { EndOf } from "../../training/end.js";
import { Button } from "../../ui/button.js";
import { Check, NumberField, Panel, Select } from "../../ui/fields.js";
import type { Kind } from "../../url/codec.js";
import { chosenOf, mostLanes, rate } from "./experiment.js";
import { preview, scheduled, updates } from "./results.js";
import { nameOf } from "./schedule-names.js";
import { edited, editedNow } from "./schedule-panel.js";
import { say } from "./words.js";

/** One of this kind that suits the training: at the chosen rate, over all its updates. */
function fitting(name: ScheduleName, before?: Kind): Kind {
  const chosen = chosenOf(rate.now.value);
  const whole = updates.value;
  const suits: Record<string, number> = { rate: chosen, initial: chosen, max: chosen, steps: whole };
  const values: Record<string, number | boolean | string> = {};
  for (const [key, setting] of Object.entries(settingsOf(name))) {
    if (setting.kind === "rate" && key in suits && setting.initial > 0) values[key] = suits[key] as number;
  }
  if (name === "cosineDecay" || name === "polynomialDecay" || name === "oneCycle") values.steps = whole;
  if (name === "cosineRestarts") values.period = Math.max(1, Math.round(whole / 4));
  if (name === "cyclical") Object.assign(values, { initial: chosen / 10, max: chosen, steps: Math.round(whole / 8) });
  if (name === "warmupStableDecay") {
    const [warmupSteps, stableSteps] = [Math.round(whole / 10), Math.round(whole / 2)];
    Object.assign(values, { warmupSteps, stableSteps, decaySteps: Math.max(1, whole - warmupSteps - stableSteps) });
  }
  const { warmup } = before?.values ?? {};
  return plain(name, warmup === undefined ? values : { ...values, warmup });
}

export function ScheduleList() {
  const { schedules, epochs } = rate.now.value;
  const change = (at: number, schedule: Kind) =>
    rate.change({ schedules: schedules.map((each, i) => (i === at ? schedule : each)) });
  const add = () => {
    rate.change({ schedules: [...schedules, fitting("warmupStableDecay")] });
    edited.value = schedules.length;
  };
  return (
    <Panel
      title={say("schedulesInNumbers")}
      tools={
        schedules.length < mostLanes ? (
          <Button icon="plus" onClick={add}>
            {say("addSchedule")}
          </Button>
        ) : undefined
      }
    >
      <table class="lanes schedules">
        <thead>
          <tr>
            <th scope="col">{say("schedule")}</th>
            <th scope="col" class="result">
              {say("loss", { n: epochs })}
            </th>
            <td />
          </tr>
        </thead>
        <tbody>
          {schedules.map((schedule, i) => (
            <Fragment key={i}>
              <tr>
                <th scope="row">
                  <div class="lane-name">
                    <span class={`chip big s${i}`} aria-hidden="true">
                      {i + 1}
                    </span>
                    <select
                      aria-label={`${say("kind")}: ${nameOf(schedules, i)}`}
                      value={schedule.type}
                      onChange={({ currentTarget }) => {
                        edited.value = i;
                        change(i, fitting(currentTarget.value as ScheduleName, schedule));
                      }}
                    >
                      {scheduleNames.map((name) => (
                        <option key={name} value={name}>
                          {say(name)}
                        </option>
                      ))}
                    </select>
                  </div>
                </th>
                <td class="result" data-label={say("loss", { n: epochs })}>
                  <Ending at={i} />
                </td>
                <td class="buttons">
                  <Button
                    icon="edit"
                    look="quiet"
                    label={say("edit", { name: nameOf(schedules, i) })}
                    pressed={editedNow() === i}
                    onClick={() => {
                      edited.value = i;
                    }}
                  />
                  <Button
                    icon="close"
                    look="quiet"
                    label={say("remove", { name: nameOf(schedules, i) })}
                    disabled={schedules.length === 1}
                    onClick={() => rate.change({ schedules: schedules.filter((_, j) => j !== i) })}
                  />
                </td>
              </tr>
              {editedNow() === i ? (
                <tr class="settings-row">
                  <td colSpan={3}>
                    <Settings schedule={schedule} name={nameOf(schedules, i)} onChange={(next) => change(i, next)} />
                  </td>
                </tr>
              ) : null}
            </Fragment>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Ending({ at }: { readonly at: number }) {
  const [course, rates] = [scheduled.courses.value[at], preview.value[at]];
  if (typeof rates === "string") return <span class="bad">{rates}</span>;
  return course === undefined ? null : <EndOf course={course} all={scheduled.courses.value.map(endOf)} />;
}

interface SettingsProps {
  readonly schedule: Kind;
  readonly name: string;
  readonly onChange: (schedule: Kind) => void;
}

function Settings({ schedule, name, onChange }: SettingsProps) {
  const set = (key: string, value: number | boolean | string) =>
    onChange({ ...schedule, values: { ...schedule.values, [key]: value } });
  return (
    <fieldset class="fields settings">
      <legend class="visually-hidden">{say("editing", { name })}</legend>
      {Object.entries(settingsOf(schedule.type)).map(([key, setting]) => (
        <Setting
          key={key}
          {...settingName(key, schedule.type)}
          setting={setting}
          value={schedule.values[key]}
          onChange={(v) => set(key, v)}
        />
      ))}
    </fieldset>
  );
}

interface SettingProps {
  readonly label: string;
  readonly code?: string;
  readonly setting: ScheduleSetting;
  readonly value: number | boolean | string | undefined;
  readonly onChange: (value: number | boolean | string) => void;
}

function Setting({ label, code, setting, value, onChange }: SettingProps) {
  if (setting.kind === "flag") return <Check label={label} code={code} checked={value === true} onChange={onChange} />;
  if (setting.kind === "word") {
    const options = setting.words.map((word) => [word, word] as const);
    return <Select label={label} code={code} value={String(value)} options={options} onChange={onChange} />;
  }
  const { min, max, kind } = setting;
  return (
    <NumberField
      label={label}
      code={code}
      value={Number(value)}
      min={min}
      max={max}
      whole={kind === "updates"}
      onChange={onChange}
    />
  );
}
