// Numbers as text, as rdcore/words.py and dashboard/formatting.py write them.

const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
const NOTHING = 1e-7;

/** Write a value with this number of significant digits; keep trailing zeros below 10⁶. */
export function figure(value, digits = 4) {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "—";
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  const [mantissa, power] = value.toExponential(digits - 1).split("e");
  let text;
  if (exponent >= -4 && exponent < 6) {
    text = value.toFixed(Math.max(0, digits - 1 - Number(power)));
  } else {
    const raised = [...String(Number(power))].map((one) => SUPERSCRIPTS[one]).join("");
    text = `${mantissa}×10${raised}`;
  }
  return text.replaceAll("-", "−");
}

/** Write a value with at most this number of significant digits, without trailing zeros. */
export function short(value, digits = 4) {
  const size = Math.abs(value);
  if (value === 0 || !Number.isFinite(value) || !(size >= 1e-4 && size < 1e6)) {
    return figure(value, 2);
  }
  const text = figure(value, digits);
  return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
}

/** Write an upper bound with two significant digits, rounded up. */
export function atMost(value) {
  if (!(value > 0) || !Number.isFinite(value)) return figure(Math.max(value, 0), 2);
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return figure(Math.ceil((value / unit) * (1 - 1e-12)) * unit, 2);
}

/** Write a rate or a price, which is 0 where it is nothing but rounding. */
export function figureOrZero(value) {
  return figure(Math.abs(value) > NOTHING ? value : 0);
}

/** Write a lower and an upper bound with the digits that tell them apart, rounded outward. */
export function bounds(lower, upper) {
  const gap = Math.max(upper - lower, 1e-9);
  const decimals = Math.min(Math.max(1 - Math.floor(Math.log10(gap)), 4), 10);
  const unit = 10 ** decimals;
  const low = Math.max(Math.floor(lower * unit) / unit, 0);
  return [low.toFixed(decimals), (Math.ceil(upper * unit) / unit).toFixed(decimals)];
}
