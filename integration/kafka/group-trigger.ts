/** The tables of a connection `main` and of a trigger on a topic, in a group that is called like it. Ends in the trigger, for more of its keys. */
export function groupTrigger(brokers: string, topic: string): string {
  return `
[connection.main]
type = "kafka"
brokers = "${brokers}"
[[trigger.kafka]]
connection = "main"
topic = "${topic}"
group = "${topic}"
`;
}
