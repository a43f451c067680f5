/** The controls of what goes on by itself: play or pause, one step, from the start again, how fast. */

import type { ComponentChildren } from "preact";
import { Button } from "../ui/button.js";
import { pause, play, playing, replay, seek, share, speed, speeds, stepOf } from "./film.js";
import { say } from "./words.js";

interface TransportProps<S extends string> {
  readonly playing: boolean;
  readonly onPlay: () => void;
  readonly onPause: () => void;
  readonly onStep: () => void;
  readonly onReplay: () => void;
  /** there is no further step */
  readonly isOver?: boolean;
  /** what they are called, where it is not “Play”, “One step” and “Replay” */
  readonly names?: { readonly play: string; readonly step: string; readonly replay: string };
  readonly speed: S;
  readonly speeds: readonly (readonly [speed: S, name: string])[];
  readonly onSpeed: (speed: S) => void;
  /** between the buttons and the speed */
  readonly children?: ComponentChildren;
  /** what it shows of its state, for tests and screen readers */
  readonly state: {
    readonly "aria-busy"?: boolean;
    readonly "data-phase"?: string;
    readonly "data-epoch"?: number | undefined;
  };
}

export function Transport<S extends string>(props: TransportProps<S>) {
  const { playing, isOver = false, children, state } = props;
  const names = props.names ?? { play: say("play"), step: say("step"), replay: say("replay") };
  return (
    <div class="transport" {...state}>
      {playing ? (
        <Button icon="pause" look="main" onClick={props.onPause}>
          {say("pause")}
        </Button>
      ) : (
        <Button icon="play" look="main" onClick={props.onPlay}>
          {names.play}
        </Button>
      )}
      <Button icon="step" label={names.step} disabled={isOver} onClick={props.onStep} />
      <Button icon="replay" label={names.replay} onClick={props.onReplay} />
      {children}
      <label class="inline">
        <span>{say("speed")}</span>
        <select value={props.speed} onChange={({ currentTarget }) => props.onSpeed(currentTarget.value as S)}>
          {props.speeds.map(([each, name]) => (
            <option key={each} value={each}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

interface FilmTransportProps {
  /** what is played through, for screen readers */
  readonly place: string;
  /** where it stands */
  readonly at: string;
  /** steps of the whole */
  readonly steps: number;
  /** it is still being computed */
  readonly busy: boolean;
}

/** The controls of what has been computed and is played through, with a slider to any place of it. */
export function FilmTransport({ place, at, steps, busy }: FilmTransportProps) {
  return (
    <Transport
      playing={playing.value}
      onPlay={play}
      onPause={pause}
      onStep={() => seek((stepOf(steps) + 1) / steps)}
      onReplay={replay}
      speed={String(speed.value)}
      speeds={speeds.map((each) => [String(each), say("times", { n: each })])}
      onSpeed={(chosen) => {
        speed.value = Number(chosen);
      }}
      state={{ "aria-busy": busy }}
    >
      <input
        type="range"
        aria-label={place}
        aria-valuetext={at}
        min={0}
        max={1000}
        value={Math.round(share.value * 1000)}
        onInput={({ currentTarget }) => seek(Number(currentTarget.value) / 1000)}
      />
      <span class="counter">{at}</span>
    </Transport>
  );
}
