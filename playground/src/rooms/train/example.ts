/** A table to try the room with: flats, what they are like, and what they cost. Made up. */

import { random } from "../../data/random.js";

const districts = ["harbour", "hill", "old town", "park"] as const;

export function exampleTable(): string {
  const { uniform, normal } = random(11);
  const rows = Array.from({ length: 240 }, () => {
    const area = Math.round(30 + 110 * uniform());
    const rooms = Math.max(1, Math.min(6, Math.round(area / 28 + 0.6 * normal())));
    const age = Math.round(80 * uniform());
    const place = Math.floor(districts.length * uniform());
    const each = 3.1 + 0.9 * place - 0.02 * age + (age > 60 ? 0.9 : 0);
    const price = Math.round(area * each + 22 * rooms + 12 * normal());
    return [area, rooms, age, districts[place], price].join(",");
  });
  return `${["area", "rooms", "age", "district", "price"].join(",")}\n${rows.join("\n")}\n`;
}
