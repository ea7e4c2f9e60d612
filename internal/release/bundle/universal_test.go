package bundle_test

import (
	"bytes"
	"debug/macho"
	"encoding/binary"
	"testing"

	"posthog-mcp/internal/release/bundle"
)

// program is the least that is a macOS program, and something of it after.
func program(t *testing.T, cpu macho.Cpu, rest string) []byte {
	t.Helper()
	var out bytes.Buffer
	header := struct {
		macho.FileHeader
		Reserved uint32
	}{FileHeader: macho.FileHeader{Magic: macho.Magic64, Cpu: cpu, Type: macho.TypeExec}}
	if err := binary.Write(&out, binary.LittleEndian, header); err != nil {
		t.Fatal(err)
	}
	out.WriteString(rest)
	return out.Bytes()
}

func TestUniversalHoldsEachProgramWhole(t *testing.T) {
	want := map[macho.Cpu][]byte{
		macho.CpuAmd64: program(t, macho.CpuAmd64, "one"),
		macho.CpuArm64: program(t, macho.CpuArm64, string(make([]byte, 1<<14))+"another"),
	}
	content, err := bundle.Universal(want[macho.CpuAmd64], want[macho.CpuArm64])
	if err != nil {
		t.Fatal(err)
	}
	file, err := macho.NewFatFile(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if len(file.Arches) != len(want) {
		t.Errorf("%d programs", len(file.Arches))
	}
	for _, arch := range file.Arches {
		if arch.Offset%(1<<arch.Align) != 0 {
			t.Errorf("%v begins at %d", arch.Cpu, arch.Offset)
		}
		if got := content[arch.Offset : arch.Offset+arch.Size]; !bytes.Equal(got, want[arch.Cpu]) {
			t.Errorf("%v: %d bytes of it, and other ones", arch.Cpu, len(got))
		}
	}
}

func TestUniversalTakesProgramsAlone(t *testing.T) {
	if _, err := bundle.Universal([]byte("#!/bin/sh\n")); err == nil {
		t.Error("a script is no program for macOS")
	}
}
