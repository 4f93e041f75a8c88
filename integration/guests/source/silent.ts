/** Exports a function, but no contract. */
export function greet(): u32 {
  return 42;
}
