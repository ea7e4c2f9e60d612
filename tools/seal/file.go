package seal

import (
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"

	"posthog-mcp/internal/private"
)

const (
	// mostInFile bounds the tokens that a file remembers: ten confirmations per
	// second, all the time, in 300 KB.
	mostInFile = 1 << 13
	// mostExpired is how many expired tokens a file may hold before it is pruned.
	mostExpired = 256
	// lockTimeout is how long the file may be locked by others before it counts as
	// unavailable. Each holds the lock for some milliseconds.
	lockTimeout = 2 * time.Second
)

// The file has one record of recordSize bytes per opened token: when it expires,
// in Unix seconds, and its id. The first record has no id: tokens that expire
// then or earlier were pruned.
const (
	recordFormat = "%011d %s\n"
	recordSize   = 11 + 1 + 2*nonceSize + 1
	noID         = "------------------------"
)

// isRecord also takes what is left where one record was half written over
// another. Such a record is the id of no token.
var isRecord = regexp.MustCompile(`^[0-9]{11} [0-9a-f-]{24}\n$`)

// File is a [Store] that outlasts a restart, and that all processes of one
// machine share which have the same path. It is safe for concurrent use.
//
// Records are written before their tokens count as opened, and are on the disk by
// then. A process that ends in the middle of a record leaves the token unused:
// the call was not made. The others go on behind the last whole record.
type File struct {
	path string
	// queue has room for the one call of this process that locks the file.
	queue chan struct{}
}

// OpenFile returns the store at path, which it makes where there is none. It
// fails where other users of the machine may read or change the file, and where
// the file is not one of this store; with a [os.PathError] where the machine does
// not let it keep the file.
func OpenFile(path string) (*File, error) {
	f := &File{path: path, queue: make(chan struct{}, 1)}
	err := f.edit(context.Background(), func(file *os.File) error {
		_, err := readRecords(file)
		return err
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Use implements [Store].
func (f *File) Use(ctx context.Context, id string, expires, now time.Time) error {
	return f.edit(ctx, func(file *os.File) error {
		known, err := readRecords(file)
		if err != nil {
			return err
		}
		if err := known.take(id, expires.Unix(), now.Unix()); err != nil {
			return err
		}
		record := fmt.Appendf(nil, recordFormat, expires.Unix(), id)
		if len(known.all)/recordSize-known.count > mostExpired {
			return known.prune(file, record)
		}
		return write(file, record, int64(len(known.all)))
	})
}

// records are what a file holds.
type records struct {
	*used
	all []byte // whole records only
}

func readRecords(file *os.File) (records, error) {
	r := records{used: newUsed(mostInFile)}
	const most = (1 + mostInFile + mostExpired + 1) * recordSize
	content, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return r, err
	}
	// A process that ended while it wrote left a part of a record.
	r.all = content[:len(content)/recordSize*recordSize]
	for record := range slices.Chunk(r.all, recordSize) {
		if !isRecord.Match(record) || len(content) > most {
			return r, fmt.Errorf("%s is damaged, so what it remembers cannot be trusted; remove it: confirmations of the last %d minutes can then be used again", file.Name(), Lifetime/time.Minute)
		}
		if expires, id := parse(record); id == noID {
			r.forgotten = max(r.forgotten, expires)
		} else {
			r.add(id, expires)
		}
	}
	if len(r.all) == 0 {
		return r, r.prune(file, nil)
	}
	return r, nil
}

func parse(record []byte) (expires int64, id string) {
	digits, id, _ := strings.Cut(strings.TrimSpace(string(record)), " ")
	expires, _ = strconv.ParseInt(digits, 10, 64) // eleven digits
	return expires, id
}

// prune rewrites the file in place, without the records of tokens that were
// forgotten and with one more. A process that ends in the middle loses no token:
// records keep their order and move towards the front only, so each that was
// written over stands before, and each that was not stands behind.
func (r *records) prune(file *os.File, more []byte) error {
	kept := fmt.Appendf(nil, recordFormat, r.forgotten, noID)
	for record := range slices.Chunk(r.all, recordSize) {
		if expires, id := parse(record); expires > r.forgotten && id != noID {
			kept = append(kept, record...)
		}
	}
	r.all = append(kept, more...)
	if err := write(file, r.all, 0); err != nil {
		return err
	}
	return file.Truncate(int64(len(r.all)))
}

// write returns when the records are on the disk.
func write(file *os.File, records []byte, at int64) error {
	if _, err := file.WriteAt(records, at); err != nil {
		return err
	}
	return file.Sync()
}

// edit runs do with the file while no other process uses it.
func (f *File) edit(ctx context.Context, do func(*os.File) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, lockTimeout, fmt.Errorf("%s is locked by another process for more than %v", f.path, lockTimeout))
	defer cancel()
	select {
	case f.queue <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	done := make(chan error, 1)
	go func() {
		defer func() { <-f.queue }()
		file, err := lockedfile.OpenFile(f.path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			done <- err
			return
		}
		defer file.Close()
		if err := ctx.Err(); err != nil {
			done <- err // nobody waits any more
			return
		}
		if err = private.Check(file.File); err == nil {
			err = do(file.File)
		}
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
