package bundle

import (
	"bytes"
	"debug/macho"
	"encoding/binary"
	"fmt"
)

// page is the boundary at which the parts of a universal program begin, as a
// power of two: 16 KB, the larger of both processors' pages.
const page = 14

// Universal joins macOS programs, one per processor, into one file that runs on
// each of them. Every part keeps its own signature.
func Universal(programs ...[]byte) ([]byte, error) {
	var header, body bytes.Buffer
	write := func(values ...uint32) { _ = binary.Write(&header, binary.BigEndian, values) } // a buffer takes all
	write(macho.MagicFat, uint32(len(programs)))
	for _, program := range programs {
		file, err := macho.NewFile(bytes.NewReader(program))
		if err != nil {
			return nil, fmt.Errorf("universal program: %w", err)
		}
		// The header is smaller than the first boundary.
		offset := 1<<page + body.Len()
		write(uint32(file.Cpu), file.SubCpu, uint32(offset), uint32(len(program)), page)
		body.Write(program)
		body.Write(make([]byte, -body.Len()&(1<<page-1)))
	}
	header.Write(make([]byte, 1<<page-header.Len()))
	return append(header.Bytes(), body.Bytes()...), nil
}
