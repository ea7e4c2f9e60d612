package view

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/tidwall/gjson"
	"github.com/tidwall/pretty"
)

// ErrNotJSON means that a document breaks off or is not valid JSON (RFC 8259).
var ErrNotJSON = errors.New("view: not valid JSON")

// deepest is the most levels of nesting. PostHog's own answers have a dozen, and
// the JSON parsers of many clients accept no more than this.
const deepest = 1000

// Read checks a JSON document, and removes the white space between its tokens. Invalid
// UTF-8 becomes U+FFFD. The error is [ErrNotJSON], also for a document that is nested
// more than 1,000 deep.
func Read(json []byte) (gjson.Result, error) {
	if !utf8.Valid(json) {
		json = bytes.ToValidUTF8(json, []byte("\uFFFD"))
	}
	levels, spaced := nesting(json)
	if levels > deepest || !gjson.ValidBytes(json) {
		return gjson.Result{}, ErrNotJSON
	}
	if spaced {
		json = pretty.Ugly(json)
	}
	return gjson.ParseBytes(json), nil
}

// nesting returns how deep a document is nested, and whether there is white space
// between its tokens. It need not be valid.
func nesting(json []byte) (most int, spaced bool) {
	level := 0
	for i := 0; i < len(json); i++ {
		switch json[i] {
		case '"':
			for i++; i < len(json) && json[i] != '"'; i++ {
				if json[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			level++
			most = max(most, level)
		case '}', ']':
			level--
		case ' ', '\n', '\t', '\r':
			spaced = true
		}
	}
	return most, spaced
}

// ErrTooLarge means that the selected members of a document exceed the limit, or
// that a single string or number in it does.
var ErrTooLarge = errors.New("view: the selected members of the document are too large")

// Keep reads a JSON object from r to its end and returns the selected members, as
// [Fields.Select] does, to the byte. Other members are checked and skipped, and take no
// memory. most limits the result, in bytes. The error is [ErrTooLarge], the reader's own,
// or [ErrNotJSON]; then Keep also returns the bytes kept so far, never a whole object.
func (f Fields) Keep(r io.Reader, most int) ([]byte, error) {
	k := &keeper{reader: r, most: most}
	// As lenient as gjson: invalid UTF-8 is repaired later.
	k.in = jsontext.NewDecoder(k, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	err := k.value(f)
	if err == nil {
		if _, err = k.in.ReadToken(); err == io.EOF { //nolint:errorlint // jsontext promises this very value
			return k.out, nil
		}
		k.out = k.out[:len(k.out)-1] // a second value follows
	}
	if k.err != nil {
		return nil, k.err
	}
	return k.out, ErrNotJSON
}

// keeper copies the selected members from a decoder, which reads from it.
type keeper struct {
	reader io.Reader
	read   int
	in     *jsontext.Decoder
	out    []byte
	most   int
	err    error // the reader's, which the decoder would wrap, or [ErrTooLarge]
}

// Read implements [io.Reader]. It stops a token that is too large to hold in memory.
func (k *keeper) Read(p []byte) (int, error) {
	if int64(k.read)-k.in.InputOffset() > int64(k.most) {
		k.err = ErrTooLarge
		return 0, k.err
	}
	n, err := k.reader.Read(p)
	k.read += n
	if err != nil && !errors.Is(err, io.EOF) {
		k.err = err
	}
	return n, err
}

// value copies the next value, or only the wanted members of it.
func (k *keeper) value(wanted Fields) error {
	kind := k.in.PeekKind()
	if wanted == nil || kind != '{' && kind != '[' {
		return k.add(k.in.ReadValue())
	}
	_, err := k.in.ReadToken()
	err = k.add([]byte{byte(kind)}, err)
	end := jsontext.Kind(closing(byte(kind)))
	for next := k.in.PeekKind(); err == nil && next != end && next != 0; next = k.in.PeekKind() {
		if kind == '{' {
			err = k.member(wanted)
		} else {
			err = k.value(wanted)
		}
	}
	if err == nil {
		_, err = k.in.ReadToken() // the end, or the error that Peek met
	}
	return k.add([]byte{byte(end)}, err)
}

func (k *keeper) member(wanted Fields) error {
	name, err := k.in.ReadValue()
	if err != nil {
		return err
	}
	text, _ := jsontext.AppendUnquote(nil, name)
	within, ok := wanted[string(text)]
	if !ok {
		return k.in.SkipValue()
	}
	if err := k.add([]byte(":"), k.add(name, nil)); err != nil {
		return err
	}
	return k.value(within)
}

// add appends a part of the document that could be read, with a comma where one is due.
func (k *keeper) add(part []byte, err error) error {
	if err != nil {
		return err
	}
	if len(k.out)+len(part) > k.most {
		k.err = ErrTooLarge
		return k.err
	}
	if last := len(k.out) - 1; last >= 0 && strings.IndexByte("{[:", k.out[last]) < 0 && strings.IndexByte("}]:", part[0]) < 0 {
		k.out = append(k.out, ',')
	}
	k.out = append(k.out, part...)
	return nil
}
