// An Express application behind the gate: it verifies the gate's token, or believes its headers.

import express from "express";
import { createRemoteJWKSet, jwtVerify } from "jose";

const { PORT = "8080", ADMINS = "", IDENTITY_KEYS, IDENTITY_ISSUER, IDENTITY_AUDIENCE } =
  process.env;
const admins = new Set(ADMINS.split(" ").filter(Boolean));
const keys = IDENTITY_KEYS && createRemoteJWKSet(new URL(IDENTITY_KEYS));
const app = express();

// Returns who it is, or undefined when the request did not come through the gate.
async function currentEmail(request) {
  if (!keys) return request.get("X-Auth-Request-Email");
  try {
    const { payload } = await jwtVerify(request.get("X-Auth-Request-Jwt") ?? "", keys, {
      algorithms: ["ES256"],
      issuer: IDENTITY_ISSUER,
      audience: IDENTITY_AUDIENCE,
    });
    return payload.email;
  } catch {
    return undefined;
  }
}

async function requireUser(request, response, next) {
  request.email = await currentEmail(request);
  if (!request.email) return response.sendStatus(403);
  return next();
}

function requireAdmin(request, response, next) {
  return admins.has(request.email) ? next() : response.sendStatus(403);
}

app.get("/health", (_, response) => response.type("text").send("ok\n"));
app.get("/", requireUser, (request, response) =>
  response.type("text").send(`Hello ${request.email}\n`),
);
app.get("/admin", requireUser, requireAdmin, (_, response) =>
  response.type("text").send("Admin Panel\n"),
);

app.listen(Number(PORT), "127.0.0.1");
