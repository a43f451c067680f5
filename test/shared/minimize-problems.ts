/** What people minimise, as in test/golden/minimize.py: the same data to the last bit. */

/** Value and gradient at a point. */
export type Problem = (x: Float64Array) => { value: number; gradient: number[] };

const times = Array.from({ length: 40 }, (_, i) => i / 10);
const amounts = times.map((t, i) => 2.5 * Math.exp(-1.3 * t) + 0.5 + 0.05 * Math.sin(37 * i));

/** Mean squared error of a·exp(−b·t) + c over 40 points. */
export const decay: Problem = ([a = 0, b = 0, c = 0]) => {
  const count = times.length;
  let value = 0;
  const gradient = [0, 0, 0];
  times.forEach((t, i) => {
    const e = Math.exp(-b * t);
    const residual = a * e + c - (amounts[i] ?? 0);
    value += residual ** 2 / count;
    [e, -a * t * e, 1].forEach((slope, j) => {
      gradient[j] = (gradient[j] ?? 0) + (2 * residual * slope) / count;
    });
  });
  return { value, gradient };
};

const students = Array.from({ length: 60 }, (_, i) => {
  const [learned, slept] = [((i * 37) % 60) / 6, 4 + ((i * 23) % 60) / 12];
  return { learned, slept, passed: Number(0.9 * learned + 0.7 * slept - 8.5 + 1.6 * Math.sin(11 * i) > 0) };
});

/** Mean cross-entropy of a logistic regression by hand, with 0.01 times the squared weights. */
export const logistic: Problem = ([a = 0, b = 0, c = 0]) => {
  let value = 0.01 * (a * a + b * b);
  const gradient = [0.02 * a, 0.02 * b, 0];
  for (const { learned, slept, passed } of students) {
    const z = a * learned + b * slept + c;
    const p = 1 / (1 + Math.exp(-z));
    value += (Math.log1p(Math.exp(-Math.abs(z))) + Math.max(z, 0) - passed * z) / students.length;
    [learned, slept, 1].forEach((input, j) => {
      gradient[j] = (gradient[j] ?? 0) + ((p - passed) * input) / students.length;
    });
  }
  return { value, gradient };
};

/** Rosenbrock's valley, 0 at (1, …, 1). */
export const rosenbrock: Problem = (x) => {
  let value = 0;
  const gradient = Array.from(x, () => 0);
  for (let i = 0; i + 1 < x.length; i++) {
    const [a, b] = [x[i] ?? 0, x[i + 1] ?? 0];
    const away = b - a * a;
    value += 100 * away * away + (1 - a) ** 2;
    gradient[i] = (gradient[i] ?? 0) - 400 * a * away - 2 * (1 - a);
    gradient[i + 1] = (gradient[i + 1] ?? 0) + 200 * away;
  }
  return { value, gradient };
};

/** A problem, where the search starts, and Adam's rate, which falls to 0 over so many updates. */
export interface Search {
  readonly f: Problem;
  readonly start: readonly number[];
  readonly initial: number;
  readonly steps: number;
}

/** Where the search in Rosenbrock's valley begins. */
export const alternating = (length: number) => Array.from({ length }, (_, i) => (i % 2 === 0 ? -1.2 : 1));

/** The problems by the names of test/golden/minimize.json. */
export const problems = {
  decay: { f: decay, start: [1, 1, 0], initial: 0.1, steps: 3000 },
  logistic: { f: logistic, start: [0, 0, 0], initial: 0.3, steps: 3000 },
  rosenbrock10: { f: rosenbrock, start: alternating(10), initial: 0.05, steps: 20_000 },
  rosenbrock1000: { f: rosenbrock, start: alternating(1000), initial: 0.05, steps: 20_000 },
} satisfies Readonly<Record<string, Search>>;

export type ProblemName = keyof typeof problems;
