package compile

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"fmt"
	"os"
)

// Check says what is wrong with the program at path, built for t: it is of
// another platform, needs a C library, or knows one of the folders it was built
// from.
func Check(path string, t Target, folders ...string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	info, err := buildinfo.Read(bytes.NewReader(content))
	if err != nil {
		return err
	}
	for _, want := range [][2]string{{"GOOS", t.OS}, {"GOARCH", t.Arch}, {"CGO_ENABLED", "0"}, {"-trimpath", "true"}} {
		if got := setting(info, want[0]); got != want[1] {
			return fmt.Errorf("%s: %s is %q and should be %q", path, want[0], got, want[1])
		}
	}
	for _, folder := range folders {
		if bytes.Contains(content, []byte(folder)) {
			return fmt.Errorf("%s holds the path %s of the machine it was built on", path, folder)
		}
	}
	if t.OS == "linux" {
		return static(path, content)
	}
	return nil
}

func setting(info *buildinfo.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// static says whether a Linux program asks for a loader.
func static(path string, content []byte) error {
	file, err := elf.NewFile(bytes.NewReader(content))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, part := range file.Progs {
		if part.Type == elf.PT_INTERP {
			return fmt.Errorf("%s is not static", path)
		}
	}
	return nil
}
