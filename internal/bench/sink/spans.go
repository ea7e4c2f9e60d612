package main

import "encoding/binary"

// spans counts the spans of an ExportTraceServiceRequest, without decoding them:
// resource_spans (field 1) of scope_spans (2) of spans (2), as
// opentelemetry/proto/trace/v1/trace.proto has it.
func spans(request []byte) (n int) {
	members(request, 1, func(resource []byte) {
		members(resource, 2, func(scope []byte) {
			members(scope, 2, func([]byte) { n++ })
		})
	})
	return n
}

// lengthDelimited is the wire type that all fields have on the way to a span.
const lengthDelimited = 2

// members hands each field of that number over, up to the first that is of
// another wire type, or broken off.
func members(message []byte, number uint64, each func([]byte)) {
	for len(message) > 0 {
		tag, n := binary.Uvarint(message)
		if n <= 0 || tag&7 != lengthDelimited {
			return
		}
		message = message[n:]
		length, n := binary.Uvarint(message)
		if n <= 0 || length > uint64(len(message)-n) {
			return
		}
		end := n + int(length)
		if tag>>3 == number {
			each(message[n:end])
		}
		message = message[end:]
	}
}
