// Reads messages with postal-mime, one in base64 a line, and says of each what it found, in JSON a line.
import { createInterface } from "node:readline";
import PostalMime from "../npm/node_modules/postal-mime/src/postal-mime.js";

for await (const line of createInterface({ input: process.stdin })) {
  const message = await PostalMime.parse(Buffer.from(line, "base64"));
  const { subject, from, to, headers, text, html } = message;
  console.log(JSON.stringify({ subject, from, to, headers, text, html }));
}
