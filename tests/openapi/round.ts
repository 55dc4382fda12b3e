// What a front end does, against a running app: signs in, opens a ticket, edits it, attaches a file.
import createClient from "openapi-fetch";
import type { paths } from "./api";

declare const process: { env: Record<"BASE_URL" | "EMAIL" | "PASSWORD", string> };

const { BASE_URL: baseUrl, EMAIL: email, PASSWORD: password } = process.env;
const api = createClient<paths>({ baseUrl });

const tokens = present((await api.POST("/api/v1/auth/login", { body: { email, password } })).data);
api.use({
  onRequest({ request }) {
    request.headers.set("Authorization", `Bearer ${tokens.accessToken}`);

    return request;
  },
});

const opened = await api.POST("/api/v1/tickets", { body: { title: "Printer is on fire", priority: "high" } });
const { id } = present(opened.data);
const header = { "If-Match": present(opened.response.headers.get("ETag")) };

const change = {
  params: { path: { id }, header },
  body: { title: "Printer is on fire", description: "Third floor", priority: "low" },
} as const;
expect("Third floor", present((await api.PUT("/api/v1/tickets/{id}", change)).data).description);
expect("urn:problem-type:precondition-failed", (await api.PUT("/api/v1/tickets/{id}", change)).error?.type);

// The generator takes binary for a string; the serializer sends the file itself.
const photo = await fetch("data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7");
const file = await photo.blob();
const attached = await api.POST("/api/v1/tickets/{ticketId}/attachments", {
  params: { path: { ticketId: id } },
  body: { file: file as unknown as string },
  bodySerializer() {
    const form = new FormData();
    form.set("file", file, "photo.gif");

    return form;
  },
});
expect("photo.gif", present(attached.data).fileName);

function present<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) {
    throw new Error("The answer lacks what the document promises.");
  }

  return value;
}

function expect(expected: string, actual: string | undefined): void {
  if (actual !== expected) {
    throw new Error(`Expected ${expected}, got ${actual}.`);
  }
}
