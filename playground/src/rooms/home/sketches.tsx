/** A small picture of each room, in the colours of its lines. */

import type { ComponentChildren } from "preact";
import type { Room } from "../../shell/rooms.js";

/** Two paths down a valley to its lowest place. */
const race = (
  <>
    <g class="ground">
      <ellipse cx="150" cy="60" rx="130" ry="46" />
      <ellipse cx="160" cy="62" rx="92" ry="31" />
      <ellipse cx="168" cy="64" rx="54" ry="17" />
    </g>
    <path class="s1" d="M34 26L58 92L84 34L108 84L130 46L150 76L164 58L174 66" />
    <path class="s0" d="M34 26C60 62 110 74 178 64" />
    <circle class="s1" cx="174" cy="66" r="4.5" />
    <circle class="s0" cx="182" cy="64" r="4.5" />
  </>
);

const columns = [
  [40, [44, 76]],
  [120, [28, 60, 92]],
  [200, [28, 60, 92]],
  [272, [60]],
] as const;

/** Units and the weights between them. */
const train = (
  <>
    {columns
      .slice(1)
      .flatMap(([x, ys], i) =>
        (columns[i]?.[1] ?? []).flatMap((from, a) =>
          ys.map((to, b) => (
            <path
              key={`${x} ${from} ${to}`}
              class={(a + b + i) % 3 === 0 ? "s1" : "s0"}
              d={`M${columns[i]?.[0]} ${from}L${x} ${to}`}
              stroke-width={1 + ((a + 2 * b + i) % 3)}
            />
          )),
        ),
      )}
    {columns.flatMap(([x, ys]) => ys.map((y) => <circle key={`${x} ${y}`} class="unit" cx={x} cy={y} r="10" />))}
  </>
);

/** Gradients that vanish towards the first layer. */
const doctor = Array.from({ length: 11 }, (_, i) => {
  const tall = 6 + 0.86 * i * i;
  return (
    <rect key={i} class={i < 5 ? "weak" : "s0"} x={20 + 24.5 * i} y={104 - tall} width="17" height={tall} rx="2" />
  );
});

/** A warm-up, a fall, and the loss under it. */
const rate = (
  <>
    <path class="s1" d="M20 104L58 22C130 22 190 104 288 104" />
    <path class="s0" d="M20 30C46 78 86 92 132 95S240 98 288 99" />
    <circle class="s1" cx="58" cy="22" r="6" />
    <circle class="s1" cx="288" cy="104" r="6" />
  </>
);

const sketches: Readonly<Record<Room, ComponentChildren>> = { race, train, doctor, rate };

export function Sketch({ room }: { readonly room: Room }) {
  return (
    <svg class="sketch" viewBox="0 0 308 120" aria-hidden="true" focusable="false">
      {sketches[room]}
    </svg>
  );
}
