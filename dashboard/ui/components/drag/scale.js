// Levels as they are said, as rdcore/problem/level_scale.py has them.

const RATIOS = ["snr", "psnr"];

/** Return the functions of a way to say levels. */
export function scaleOf({ measure, whole }) {
  if (RATIOS.includes(measure)) {
    return {
      falls: true,
      bent: true,
      stated: (level) => 10 * Math.log10(whole / level),
      level: (value) => whole * 10 ** (-value / 10),
      price: (price, level) => (price * level * Math.log(10)) / 10,
    };
  }
  if (measure === "rms") {
    return {
      falls: false,
      bent: true,
      stated: (level) => Math.sqrt(Math.max(level, 0)),
      level: (value) => value ** 2,
      price: (price, level) => 2 * price * Math.sqrt(level),
    };
  }
  const factor = measure === "share" ? whole / 100 : 1;
  return {
    falls: false,
    bent: false,
    stated: (level) => level / factor,
    level: (value) => value * factor,
    price: (price) => price * factor,
  };
}
