/** `plain-send`: one send() of kafkajs for the whole batch, as its guide has it, which loses when
 *  leaders move. `early-ack`: the answer does not wait for Kafka's. */
export const breakModes = ['plain-send', 'early-ack'] as const;
export type BreakMode = (typeof breakModes)[number];
