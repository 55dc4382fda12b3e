// Compiled, never run, and only where the project has the sample.
import createClient from "openapi-fetch";
import type { components, paths } from "./api";

type Ticket = components["schemas"]["TicketResponse"];

const api = createClient<paths>({ baseUrl: "https://app.example" });

export async function open(title: string): Promise<Ticket> {
  const { data, response } = await api.POST("/api/v1/tickets", { body: { title, priority: "high" } });
  if (!data) {
    throw new Error(`${response.status}`);
  }

  return data;
}

export async function* all(status: Ticket["status"]): AsyncGenerator<Ticket> {
  let cursor: string | null = null;
  do {
    const query: { status: Ticket["status"]; limit: number; cursor?: string } = { status, limit: 100 };
    if (cursor) {
      query.cursor = cursor;
    }

    const { data } = await api.GET("/api/v1/tickets", { params: { query } });
    yield* data?.items ?? [];
    cursor = data?.nextCursor ?? null;
  } while (cursor);
}

export async function explain(ticket: Ticket, description: string, eTag: string): Promise<string | null> {
  const { response } = await api.PUT("/api/v1/tickets/{id}", {
    params: { path: { id: ticket.id }, header: { "If-Match": eTag } },
    body: { title: ticket.title, description, priority: ticket.priority },
  });

  return response.headers.get("ETag");
}

export async function mistakes(ticket: Ticket): Promise<void> {
  // @ts-expect-error There is no such priority.
  await api.POST("/api/v1/tickets", { body: { title: "a", priority: "urgent" } });
  // @ts-expect-error If-Match is missing.
  await api.PUT("/api/v1/tickets/{id}", { params: { path: { id: ticket.id } }, body: { ...ticket } });
}
