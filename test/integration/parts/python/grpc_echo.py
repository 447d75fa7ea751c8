"""A server of grpcio on a free port, which it prints: known.Echo of test/fixtures/well-known-types.

Echo answers with what it is sent, compressed by gzip. Ask sleeps for so many seconds as its text says.
Both ends of a call are protobuf's own, its schema is told by server reflection.
"""

import sys
import time
from concurrent import futures

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_reflection.v1alpha import reflection

pool = descriptor_pool.Default()
with open(sys.argv[1], "rb") as descriptors:
    for file in descriptor_pb2.FileDescriptorSet.FromString(descriptors.read()).file:
        pool.AddSerializedFile(file.SerializeToString())
service = pool.FindServiceByName("known.Echo")


def echo(request, _context):
    return request


def ask(request, context):
    time.sleep(float(request.value))
    return message_class(service.methods_by_name["Ask"].output_type)()


def message_class(descriptor):
    return message_factory.GetMessageClass(descriptor)


def handler(name, behavior):
    method = service.methods_by_name[name]
    return grpc.unary_unary_rpc_method_handler(
        behavior,
        request_deserializer=message_class(method.input_type).FromString,
        response_serializer=lambda message: message.SerializeToString(),
    )


server = grpc.server(futures.ThreadPoolExecutor(32), compression=grpc.Compression.Gzip)
handlers = {"Echo": handler("Echo", echo), "Ask": handler("Ask", ask)}
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("known.Echo", handlers),))
reflection.enable_server_reflection(["known.Echo", reflection.SERVICE_NAME], server)
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
server.wait_for_termination()
