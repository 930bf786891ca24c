// A small program with the generated client. It is type-checked and never run.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

const client = createClient<paths>({
  baseUrl: "http://localhost:8000",
  headers: { Authorization: "Bearer token" },
});

export async function signIn(username: string, password: string): Promise<string> {
  const body = { grant_type: "password", client_id: "id", client_secret: "secret", username, password };
  const { data, error } = await client.POST("/auth/login-user", { body });
  if (error) throw new Error(error.errorType);
  return data.access_token;
}

export async function readsAQueue(queue_id: string): Promise<number> {
  const path = { queue_id };
  const { data: queue, error } = await client.GET("/v1/CCQueueConfig/{queue_id}", { params: { path } });
  if (error) {
    // @ts-expect-error There is no such kind of error.
    if (error.errorType === "nonsense") throw error;
    throw new Error(error.errorType === "not_found" ? "gone" : "?");
  }
  // @ts-expect-error A name is no number.
  const wrong: number = queue.name;
  const strategy: components["schemas"]["Strategy"] = queue.strategy;
  const limit: number | null = queue.max_wait;
  return queue.ring_timeout + strategy.length + (limit ?? wrong);
}

export async function changesOneField(queue_id: string): Promise<void> {
  const params = { path: { queue_id } };
  await client.PATCH("/v1/CCQueueConfig/{queue_id}", { params, body: { ring_timeout: 15 } });
  await client.PATCH("/v1/CCQueueConfig/{queue_id}", { params, body: { max_wait: null } });
  // @ts-expect-error A text is no number of seconds.
  await client.PATCH("/v1/CCQueueConfig/{queue_id}", { params, body: { ring_timeout: "15" } });
  // @ts-expect-error There is no such strategy.
  await client.PATCH("/v1/CCQueueConfig/{queue_id}", { params, body: { strategy: "nearest" } });
}

export async function createsAQueue(team: string): Promise<string> {
  // @ts-expect-error The team is missing.
  await client.POST("/v1/CCQueueConfig", { body: { name: "Sales" } });
  const { data } = await client.POST("/v1/CCQueueConfig", { body: { name: "Sales", team } });
  return data?.id ?? "";
}

export async function listsCallLogs(): Promise<string[]> {
  const query = { limit: 10, where: JSON.stringify({ direction: "inbound" }) };
  const { data: logs, response } = await client.GET("/v1/call-log", { params: { query } });
  const total = Number(response.headers.get("X-Total-Count"));
  return (logs ?? []).map((log) => {
    const ended: string | null = log.ended_at;
    const blocks: (string | undefined)[] = log.path.map((step) => step.block);
    return `${log.from} ${log.talk.toFixed(1)} ${ended ?? "unknown"} ${blocks.join()} of ${total}`;
  });
}
