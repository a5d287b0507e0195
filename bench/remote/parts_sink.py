"""
A server that takes multipart uploads as S3 does and keeps the lengths of their parts only. It drops the bytes unseen, so
that what is measured against it is the client. It checks no signatures. Prints its port.
"""
import itertools
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

PIECE_BYTES = 1 << 20
# Of the buffer that heads are read with.
HEAD_BYTES = 8192

uploads, objects = {}, {}
numbers = itertools.count(1)
# The kernel drops what is received with MSG_TRUNC, and writes nothing here.
nowhere = bytearray(PIECE_BYTES)


class PartsSink(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True
    rbufsize = HEAD_BYTES

    def do_HEAD(self):
        size = objects.get(self.place())
        self.answer(404 if size is None else 200, Content_Length=size or 0)

    def do_POST(self):
        self.drop()
        if 'uploads' in self.query():
            upload = str(next(numbers))
            uploads[upload] = {}
            self.xml(f'<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>')
        elif (parts := uploads.pop(self.query().get('uploadId'), None)) is not None:
            objects[self.place()] = sum(parts.values())
            self.xml('<CompleteMultipartUploadResult><ETag>"0"</ETag></CompleteMultipartUploadResult>')
        else:
            self.refuse()

    def do_PUT(self):
        length = self.drop()
        parts = uploads.get(self.query().get('uploadId'))
        if parts is None:
            self.refuse()
            return
        number = int(self.query()['partNumber'])
        parts[number] = length
        self.answer(200, ETag=f'"{number:032x}"', Content_Length=0)

    def do_DELETE(self):
        if uploads.pop(self.query().get('uploadId'), None) is None:
            self.refuse()
        else:
            self.answer(204)

    def do_GET(self):
        """Nothing but the parts of an upload that was ended is asked for."""
        self.refuse()

    def place(self):
        return self.path.partition('?')[0]

    def query(self):
        return dict(parse_qsl(self.path.partition('?')[2], keep_blank_values=True))

    def drop(self):
        length = int(self.headers.get('Content-Length', 0))
        left = length
        if left > 0:
            left -= len(self.rfile.read1(min(left, HEAD_BYTES)))
        while left > 0:
            count = self.connection.recv_into(nowhere, min(left, PIECE_BYTES), socket.MSG_TRUNC)
            if count == 0:
                raise ConnectionResetError
            left -= count
        return length

    def refuse(self):
        self.xml('<Error><Code>NoSuchUpload</Code><Message>no such upload</Message></Error>', 404)

    def xml(self, body, status=200):
        self.answer(status, Content_Type='application/xml', Content_Length=len(body))
        self.wfile.write(body.encode())

    def answer(self, status, **headers):
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name.replace('_', '-'), str(value))
        self.end_headers()


server = ThreadingHTTPServer(('127.0.0.1', 0), PartsSink)
server.daemon_threads = True
print(server.server_address[1], flush=True)
server.serve_forever()
