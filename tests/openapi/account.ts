// Compiled, never run: what a front end would write. Where the types are too loose or too tight, this does not compile.
import createClient from "openapi-fetch";
import type { components, operations, paths } from "./api";

type Problem = components["schemas"]["ProblemResponse"];
type SignIn = operations["login"];

const api = createClient<paths>({ baseUrl: "https://app.example" });

export async function signUp(email: string, password: string): Promise<string[]> {
  const { error } = await api.POST("/api/v1/auth/register", { body: { email, password } });

  return error?.errors?.["password"] ?? [];
}

export async function signIn(body: SignIn["requestBody"]["content"]["application/json"]): Promise<string> {
  const { data, error } = await api.POST("/api/v1/auth/login", { body });
  if (error) {
    const problem: Problem = error;
    throw new Error(`${problem.status} ${problem.title} (${problem.traceId})`);
  }

  return data.accessToken;
}

export async function roles(accessToken: string): Promise<readonly string[]> {
  const { data } = await api.GET("/api/v1/account", { headers: { Authorization: `Bearer ${accessToken}` } });

  return data?.roles ?? [];
}

export async function mistakes(): Promise<void> {
  // @ts-expect-error The password is missing.
  await api.POST("/api/v1/auth/login", { body: { email: "ada@example.com" } });
  // @ts-expect-error Nothing is there.
  await api.GET("/api/v1/nothing-here");
}
