// Sends messages with nodemailer's pool and prints the seconds it took: a yardstick of `./run bench delivery`.
// Arguments: PORT FILE [KEY]. FILE holds {"html", "text", "slot", "people": [{"to", "token"}]}; KEY is a DKIM key in PEM.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../npm/", import.meta.url));
const nodemailer = require("nodemailer");

const [port, file, key] = process.argv.slice(2);
const { html, text, slot, people } = JSON.parse(readFileSync(file, "utf8"));
const signing = key && { domainName: "example.org", keySelector: "bench", privateKey: readFileSync(key, "utf8") };
const transport = nodemailer.createTransport({
    pool: true,
    host: "127.0.0.1",
    port: Number(port),
    ignoreTLS: true,
    maxConnections: 4,
    maxMessages: Infinity,
    ...(signing ? { dkim: signing } : {}),
});

const began = performance.now();
await Promise.all(
    people.map(({ to, token }) =>
        transport.sendMail({
            from: "digest@example.org",
            to,
            subject: "Floods and 12 more",
            html: html.replaceAll(slot, token),
            text: text.replaceAll(slot, token),
            headers: {
                "List-Unsubscribe": `<https://press.example.org/unsubscribe/${token}>`,
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
        }),
    ),
);
console.log((performance.now() - began) / 1000);
transport.close();
