/** Whether a pattern with `*` and `>` takes in a subject (docs.nats.io, subject-based messaging). */
export function matches(pattern: string, subject: string): boolean {
  const wanted = pattern.split('.');
  const tokens = subject.split('.');
  for (const [at, token] of wanted.entries()) {
    if (token === '>') return tokens.length > at;
    if (at >= tokens.length || (token !== '*' && token !== tokens[at])) return false;
  }
  return wanted.length === tokens.length;
}

/** Whether there is a subject that two patterns take in. */
export function overlap(one: string, other: string): boolean {
  const [left, right] = [one.split('.'), other.split('.')];
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    if (left[at] === '>' || right[at] === '>') return true;
    if (left[at] !== '*' && right[at] !== '*' && left[at] !== right[at]) return false;
  }
  return left.length === right.length;
}
