"""Takes mails on port 1025 and lists them on port 8025, as Mailpit does at /api/v1/messages and /view/ID.txt."""
import email
import email.policy
import json
import re
from http.server import BaseHTTPRequestHandler, HTTPServer

from aiosmtpd.controller import Controller

mails = []


class Mailbox:
    async def handle_DATA(self, server, session, envelope):
        mails.append((envelope.rcpt_tos, email.message_from_bytes(envelope.content, policy=email.policy.default)))
        return "250 OK"


class Pages(BaseHTTPRequestHandler):
    def do_GET(self):
        view = re.fullmatch(r"/view/(\d+)\.txt", self.path)
        if view:
            self.answer(mails[int(view[1])][1].get_body(("plain",)).get_content())
        elif self.path == "/api/v1/messages":
            self.answer(json.dumps({"messages": [
                {"ID": str(number), "To": [{"Address": address} for address in to], "Subject": mail["Subject"]}
                for number, (to, mail) in reversed(list(enumerate(mails)))]}))
        else:
            self.answer("OK")

    def answer(self, text):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())


Controller(Mailbox(), hostname="0.0.0.0", port=1025).start()
HTTPServer(("", 8025), Pages).serve_forever()
