/** What happens when things meet: every method during a fit, fits side by side, a core that stopped. */

import { describe, expect, test } from "vitest";
import { cross } from "../../ts/core/cross.js";
import { defaultModule } from "../../ts/core/load.js";
import type { Instance } from "../../ts/core/runtime.js";
import { DataError, Dataset, DownhillError, dense, init, Model, runtimeInfo, sgd } from "../../ts/index.js";
import { config, labels, mistake, x } from "./contract-helpers.js";

type Trained = Model<"accuracy">;

const create = (): Promise<Trained> => Model.create(config);
const options = { epochs: 4, batchSize: 7, validationSplit: 0.25 } as const;

/** Everything that a model tells without being changed; none may disturb the fit, and each gives what it gives at rest. */
const harmless: { readonly [method: string]: (model: Trained) => unknown } = {
  predict: (model) => model.predict(x),
  predictInto: (model) => {
    const out = new Float32Array(96);
    model.predictInto(x, out);
    return out;
  },
  predictClasses: (model) => model.predictClasses(x),
  evaluate: (model) => model.evaluate(x, labels, { batchSize: 5 }),
  forward: (model) => model.forward(x),
  gradients: (model) => model.gradients(x, labels),
  checkGradients: (model) => model.checkGradients(x, labels, { perParameter: 2 }),
  diagnose: (model) => model.diagnose(x, labels),
  parameters: (model) => [model.parameters(), model.parameters({ averaged: true })],
  summary: (model) => model.summary(),
  toJSON: (model) => model.toJSON(),
  save: (model) => model.save().length,
  clone: (model) => {
    const copy = model.clone();
    const parameters = copy.parameters();
    copy.dispose();
    return parameters;
  },
};

/** What would pull the ground away is refused by name. */
const refused: { readonly [method: string]: (model: Trained) => unknown } = {
  fit: (model) => model.fit(x, labels),
  trainOnBatch: (model) => model.trainOnBatch(x, labels),
  compile: (model) => model.compile({ optimizer: "sgd" }),
  reset: (model) => model.reset(),
  insertLayer: (model) => model.insertLayer(1, dense(6)),
  growDense: (model) => model.growDense(0, 8),
};

/** What changes the weights, and is taken up by the next update. */
const taken: { readonly [method: string]: (model: Trained) => unknown } = {
  setParameters: (model) => model.setParameters([{ name: "layers.0.bias", data: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6] }]),
  freeze: (model) => model.freeze("layers.0.*"),
  unfreeze: (model) => model.unfreeze("**"),
  prune: (model) => model.prune(0.3),
  unprune: (model) => model.unprune(),
};

/** Tested elsewhere: ends the fit, or is none of its business. */
const others = ["constructor", "dispose", "epochsDone"];

/** Trains while `meet` is called after each batch and each epoch, and whenever the event loop has its turn. */
async function meeting(model: Trained, meet: () => unknown, workers = 1) {
  let running = true;
  const between = async () => {
    while (running) {
      await new Promise((done) => setTimeout(done, 0));
      if (running) meet();
    }
  };
  const turn = () => void meet();
  const fit = model.fit(x, labels, { ...options, workers, callbacks: [{ onBatchEnd: turn, onEpochEnd: turn }] });
  meet();
  const loop = between();
  try {
    return await fit;
  } finally {
    running = false;
    await loop;
  }
}

/** The history without what the clock says. */
const numbersOf = ({ epochs, steps }: Awaited<ReturnType<Trained["fit"]>>) => [
  steps,
  epochs.map(({ durationMs: _, ...logs }) => logs),
];

describe("during a fit", () => {
  test("the table holds every method", () => {
    const methods = Object.getOwnPropertyNames(Model.prototype);
    const known = [harmless, refused, taken].flatMap((table) => Object.keys(table));
    expect([...known, ...others].sort()).toEqual(methods.sort());
  });

  test.each(Object.entries(harmless))("%s gives what it gives at rest, and disturbs nothing", async (_, call) => {
    const [model, alone] = [await create(), await create()];
    let calls = 0;
    const history = await meeting(model, () => {
      // A copy at rest, from the state of the moment.
      const copy = model.clone();
      expect(call(model)).toEqual(call(copy));
      copy.dispose();
      calls += 1;
    });
    expect(calls).toBeGreaterThan(16);
    expect(numbersOf(history)).toEqual(numbersOf(await alone.fit(x, labels, options)));
    expect(model.save()).toEqual(alone.save());
  });

  test.each(Object.entries(refused))("%s is refused by name, and disturbs nothing", async (name, call) => {
    const [model, alone] = [await create(), await create()];
    const errors: Promise<{ code: string; message: string }>[] = [];
    await meeting(model, () => void errors.push(mistake(() => call(model), name === "fit")));
    expect(errors.length).toBeGreaterThan(16);
    for (const error of await Promise.all(errors)) {
      expect(error.code).toBe("BUSY");
      expect(error.message).toMatch(new RegExp(`^${name}: a fit of this model is under way`));
    }
    await alone.fit(x, labels, options);
    expect(model.save()).toEqual(alone.save());
  });

  test.each(Object.entries(taken))("%s is taken up by the next update", async (_, call) => {
    const [model, twin] = [await create(), await create()];
    for (const each of [model, twin]) {
      each.freeze("layers.0.kernel");
      each.prune(0.2);
    }
    // After the epoch within one fit, and between two fits.
    const meet = { onEpochEnd: (epoch: number) => void (epoch === 1 && call(model)) };
    await model.fit(x, labels, { ...options, epochs: 4, callbacks: [meet] });
    await twin.fit(x, labels, { ...options, epochs: 2 });
    call(twin);
    await twin.fit(x, labels, { ...options, epochs: 2, initialEpoch: 2 });
    expect(model.save()).toEqual(twin.save());
  });
});

describe("side by side", () => {
  test("fits of different models, awaited together, give the bits of one after the other", async () => {
    const make = (seed: number) =>
      Model.create({ ...config, seed, optimizer: seed % 2 === 0 ? "adam" : sgd({ momentum: 0.9 }) });
    const data = Dataset.fromArrays(x, labels);
    const together = await Promise.all([0, 1, 2, 3, 4, 5].map(make));
    await Promise.all(
      together.map((model, i) =>
        i < 3 ? model.fit(data, { ...options, epochs: 9 }) : model.fit(x, labels, { ...options, epochs: 9 }),
      ),
    );
    for (const [seed, model] of together.entries()) {
      const alone = await make(seed);
      await alone.fit(x, labels, { ...options, epochs: 9 });
      expect(model.save(), `seed ${seed}`).toEqual(alone.save());
      alone.dispose();
      model.dispose();
    }
    data.dispose();
  });

  test("a model made, and one disposed of, within the fit of another change nothing in it", async () => {
    const [model, alone] = [await create(), await create()];
    const made: Trained[] = [];
    const turn = async () => {
      const other = await create();
      other.trainOnBatch(x, labels);
      made.push(other);
      if (made.length > 3) made.shift()?.dispose();
    };
    await model.fit(x, labels, { ...options, callbacks: [{ onBatchEnd: turn }] });
    await alone.fit(x, labels, options);
    expect(model.save()).toEqual(alone.save());
  });
});

describe("a core that stopped", () => {
  /** A model, and a call of it so deep down that the stack ends within the core: the one way to stop it from outside. */
  async function stopped() {
    for (let spare = 0; spare < 400; spare++) {
      await init({ wasm: defaultModule() });
      const model = await create();
      const right = model.predict(x);
      let deepest = 0;
      const descend = (depth: number, at: number): void => {
        deepest = Math.max(deepest, depth);
        if (depth === at) model.predict(x);
        else descend(depth + 1, at);
      };
      const outcome = (call: () => unknown): unknown => {
        try {
          return call();
        } catch (error) {
          return error;
        }
      };
      outcome(() => descend(0, Number.POSITIVE_INFINITY));
      outcome(() => descend(0, deepest - spare));
      const later = outcome(() => model.predict(x));
      if (later instanceof DownhillError) return { model, error: later };
      // Where it ended before the core, or not at all, nothing has happened.
      expect(later).toEqual(right);
      model.dispose();
    }
    throw new Error("the stack never ended within the core");
  }

  test("is dead with a name; a new one works, others are untouched", async () => {
    await init({ wasm: defaultModule() });
    const bystander = await create();
    const twin = bystander.clone();
    const { model, error } = await stopped();
    expect(error).toMatchObject({ code: "CORE", name: "CoreError" });
    for (const call of [() => model.predict(x), () => model.save(), () => model.clone(), () => runtimeInfo()])
      expect(await mistake(call)).toMatchObject({ code: "CORE", message: expect.stringContaining("await init()") });
    expect(await mistake(() => model.fit(x, labels), true)).toMatchObject({ code: "CORE" });
    expect(model.toJSON()).toEqual(bystander.toJSON());
    model.dispose();
    expect(() => model.predict(x)).toThrow(expect.objectContaining({ code: "DISPOSED" }));

    await init();
    expect(runtimeInfo()).toMatchObject({ variant: "simd128", liveModels: 0 });
    const next = await create();
    for (const each of [next, bystander, twin]) await each.fit(x, labels, options);
    expect(next.save()).toEqual(bystander.save());
    expect(twin.save()).toEqual(bystander.save());
    for (const each of [next, bystander, twin]) each.dispose();
  });

  test("stays dead when the error passes a second call on its way out; a named error stops nothing", () => {
    const instance = { dead: false } as Instance;
    const trap = () => {
      throw new WebAssembly.RuntimeError("unreachable");
    };
    const mistaken = () => {
      throw new DataError("x", "no");
    };
    expect(() => cross(instance, () => cross(instance, mistaken))).toThrow("x: no");
    expect(instance.dead).toBe(false);
    expect(() => cross(instance, () => cross(instance, trap))).toThrow("core: an error inside the core");
    expect(instance.dead).toBe(true);
    expect(() => cross(instance, () => 1)).toThrow("core: this instance was stopped");
  });
});
