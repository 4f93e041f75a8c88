export interface Order {
  readonly item: string;
  readonly quantity: number;
}

/** In cents. */
const prices: Readonly<Record<string, number>> = { tea: 450, teapot: 2450 };

/** `undefined` when it is no order. */
export function parseOrder(data: Uint8Array): Order | undefined {
  try {
    const { item, quantity } = JSON.parse(new TextDecoder().decode(data));
    return typeof item === 'string' && Number.isInteger(quantity) ? { item, quantity } : undefined;
  } catch {
    return undefined;
  }
}

/** In cents; `undefined` for what is not sold. */
export function totalOf({ item, quantity }: Order): number | undefined {
  const price = prices[item];
  return price === undefined ? undefined : price * quantity;
}
