package view

import (
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// ErrTooLarge means that the selected members of a document exceed the limit, or
// that a single string or number in it does.
var ErrTooLarge = errors.New("view: the selected members of the document are too large")

// ErrNotJSON means that a document breaks off or is not valid JSON (RFC 8259).
var ErrNotJSON = errors.New("view: not valid JSON")

// Keep reads a JSON object from r to its end and returns the selected members, as
// [Fields.Select] does: names, strings and numbers keep their exact bytes, and
// duplicate names stay. Other members are checked and skipped, and take no memory.
// most limits the result, in bytes.
//
// The error is [ErrTooLarge], the reader's own, or [ErrNotJSON]. With ErrNotJSON,
// Keep also returns the bytes kept so far, which are never a whole object.
func (f Fields) Keep(r io.Reader, most int) ([]byte, error) {
	source := &source{reader: r, most: int64(most)}
	// As lenient as gjson: invalid UTF-8 is repaired later.
	source.decoder = jsontext.NewDecoder(source, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	k := &keeper{in: source.decoder, most: most}
	err := k.value(f)
	if err == nil {
		if _, err = k.in.ReadToken(); err == io.EOF { //nolint:errorlint // jsontext promises this very value
			return k.out, nil
		}
		k.out = k.out[:len(k.out)-1] // a second value follows
	}
	switch {
	case k.full || source.full:
		return nil, ErrTooLarge
	case source.err != nil:
		return nil, source.err
	}
	return k.out, ErrNotJSON
}

// source is the reader below a decoder. It remembers the reader's error, which the
// decoder would wrap, and stops a token that is too large to hold in memory.
type source struct {
	reader  io.Reader
	decoder *jsontext.Decoder
	read    int64
	most    int64
	full    bool
	err     error
}

// Read fails once the decoder holds too many bytes that it has not consumed.
func (s *source) Read(p []byte) (int, error) {
	if s.read-s.decoder.InputOffset() > s.most {
		s.full = true
		return 0, ErrTooLarge
	}
	n, err := s.reader.Read(p)
	s.read += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// keeper copies the selected members from a decoder.
type keeper struct {
	in   *jsontext.Decoder
	out  []byte
	most int
	full bool
}

// value copies the next value, or only the wanted members of it.
func (k *keeper) value(wanted Fields) error {
	kind := k.in.PeekKind()
	if wanted == nil || kind != '{' && kind != '[' {
		raw, err := k.in.ReadValue()
		if err != nil {
			return err
		}
		return k.add(raw)
	}
	if _, err := k.in.ReadToken(); err != nil {
		return err
	}
	k.out = append(k.out, byte(kind))
	members := k.items
	if kind == '{' {
		members = k.members
	}
	if err := members(wanted); err != nil {
		return err
	}
	if _, err := k.in.ReadToken(); err != nil {
		return err
	}
	return k.add([]byte{byte(kind) + 2}) // } is { + 2, and ] is [ + 2
}

func (k *keeper) items(wanted Fields) error {
	for first := true; k.more(']'); first = false {
		if !first {
			k.out = append(k.out, ',')
		}
		if err := k.value(wanted); err != nil {
			return err
		}
	}
	return nil
}

func (k *keeper) members(wanted Fields) error {
	for first := true; k.more('}'); {
		raw, err := k.in.ReadValue()
		if err != nil {
			return err
		}
		within, ok := wanted[nameOf(raw)]
		if !ok {
			if err := k.in.SkipValue(); err != nil {
				return err
			}
			continue
		}
		if !first {
			k.out = append(k.out, ',')
		}
		first = false
		if err := k.add(raw); err != nil {
			return err
		}
		k.out = append(k.out, ':')
		if err := k.value(within); err != nil {
			return err
		}
	}
	return nil
}

// more reports whether another item follows. An error counts as the end: the next
// read returns it.
func (k *keeper) more(end jsontext.Kind) bool {
	kind := k.in.PeekKind()
	return kind != end && kind != 0
}

func (k *keeper) add(raw []byte) error {
	if len(k.out)+len(raw) > k.most {
		k.full = true
		return ErrTooLarge
	}
	k.out = append(k.out, raw...)
	return nil
}

// nameOf decodes a member's name.
func nameOf(raw []byte) string {
	name, _ := jsontext.AppendUnquote(nil, raw)
	return string(name)
}
