#!/usr/bin/env node
// A bot for Tieline with nothing but Node's own library (18 or later); ../../BOT-PROTOCOL.md says what a bot must do.
//
//     BOT_SECRET=whsec_… BOT_TOKEN=… TIELINE_URL=https://tieline.example.com BOT_PORT=8090 ./bot.mjs
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

const { BOT_SECRET, BOT_TOKEN, TIELINE_URL, BOT_PORT = "8090" } = process.env;
const KEY = Buffer.from(BOT_SECRET.replace(/^whsec_/, ""), "base64");
const [BODY_MAX, AGE_MAX, KEPT_MAX] = [16 << 20, 300, 10_000]; // bytes, seconds, answers
const answers = new Map(); // webhook-id: its answer. With several copies of the bot this belongs into a store that they share.

function isSigned(headers, body) {
  const { "webhook-id": ident = "", "webhook-timestamp": at = "", "webhook-signature": given = "" } = headers;
  if (!/^\d{1,12}$/.test(at) || Math.abs(Date.now() / 1000 - Number(at)) > AGE_MAX) return false;
  const mac = createHmac("sha256", KEY).update(`${ident}.${at}.`).update(body).digest("base64");
  const wanted = Buffer.from(`v1,${mac}`);
  const same = (one) => one.length === wanted.length && timingSafeEqual(one, wanted);
  return given.split(" ").map((one) => same(Buffer.from(one))).includes(true);
}

// What the bot says; undefined where that takes longer than a request can wait. Here goes what makes your bot yours.
async function decide(turn) {
  const said = turn.messages.map((message) => message.text).join(" ");
  if (/refund/i.test(said)) {
    return {
      messages: [{ markdown: "A **colleague** looks into that." }],
      handoff: { reason: "refund", summary: said.slice(0, 500) },
    };
  }
  if (/report/i.test(said)) return undefined;
  const confidence = /open/i.test(said) ? 0.95 : 0.2;
  return { messages: [{ markdown: "We are open **Monday to Friday**, 9 to 17." }], confidence };
}

// Posted until it is taken: the key makes one reply of it, however often it arrives.
async function replyLater({ turn, conversation, store }) {
  const body = JSON.stringify({ type: "reply", turn, conversation, messages: [{ markdown: "Here is your **report**." }] });
  const headers = { Authorization: `Bearer ${BOT_TOKEN}`, "Content-Type": "application/json", "Idempotency-Key": turn };
  for (const seconds of [0.5, 1, 2, 4, 8]) {
    try {
      const signal = AbortSignal.timeout(10_000);
      const answer = await fetch(`${TIELINE_URL}/api/v1/stores/${store}/events`, { method: "POST", headers, body, signal });
      if (answer.ok) return;
      console.error(`reply to ${turn}: ${answer.status}`);
    } catch (error) {
      console.error(`reply to ${turn}: ${error}`);
    }
    await pause(seconds * 1000);
  }
}

async function respond(turn) {
  const answer = await decide(turn);
  if (answer !== undefined) return [200, JSON.stringify(answer)];
  replyLater(turn);
  return [202, ""];
}

// A repeated id gets the answer of the first time, also while that is still being made. A failure is no answer.
async function once(ident, turn) {
  if (!answers.has(ident)) {
    answers.set(ident, respond(turn));
    if (answers.size > KEPT_MAX) answers.delete(answers.keys().next().value);
  }
  try {
    return await answers.get(ident);
  } catch (error) {
    console.error(`turn ${ident}: ${error}`);
    answers.delete(ident);
    return [500, ""];
  }
}

async function answer(request) {
  const parts = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length <= BODY_MAX) parts.push(part);
  }
  const body = Buffer.concat(parts);
  if (length > BODY_MAX || !isSigned(request.headers, body)) return [401, ""];
  const turn = JSON.parse(body);
  return turn.type === "turn" ? once(request.headers["webhook-id"], turn) : [200, "{}"]; // of a notice this bot makes nothing
}

const server = createServer(async (request, response) => {
  const [status, body] = await answer(request).catch(() => [400, ""]);
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) }).end(body);
});
server.listen(Number(BOT_PORT), "127.0.0.1", () => {
  console.log(JSON.stringify({ ready: true, listen: `127.0.0.1:${server.address().port}` }));
});
