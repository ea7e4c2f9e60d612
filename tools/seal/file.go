package seal

import (
	"cmp"
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
	// mostInFile is the most tokens that a file remembers: enough for ten
	// confirmations per second, in 300 KB.
	mostInFile = 1 << 13
	// mostExpired is the most expired tokens that a file holds before it is pruned.
	mostExpired = 256
	// lockTimeout is how long a call waits for the file's lock. Each process holds
	// the lock for some milliseconds.
	lockTimeout = 2 * time.Second
)

// The file has one record of recordSize bytes per opened token: its expiry, in
// Unix seconds, and its id. The first record has no id: tokens with that expiry or
// an earlier one were pruned.
const (
	recordFormat = "%011d %s\n"
	recordSize   = 11 + 1 + 2*nonceSize + 1
	noID         = "------------------------"
)

// isRecord also matches a record that was half written over another one. It is the
// id of no token.
var isRecord = regexp.MustCompile(`^[0-9]{11} [0-9a-f-]{24}\n$`)

// File is a [Store] that survives a restart. All processes of a machine that use
// the same path share it. It is safe for concurrent use.
//
// A token counts as opened once its record is on the disk. A process that ends
// while it writes a record leaves the token unused, since the call was not made.
// The next record is written after the last whole one.
type File struct {
	path string
	// queue is the mutex of this process. Waiting for it can time out.
	queue chan struct{}
}

// OpenFile returns the store at path and creates the file if needed. It fails if
// other users of the machine may read or change the file, or if the file is not a
// store. The error is an [os.PathError] if the file cannot be opened or created.
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

// records are the content of a file.
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
	// A process that ended while it wrote may have left a partial record.
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

// prune rewrites the file in place, without the records of forgotten tokens and
// with one more. If the process ends in the middle, no token is lost: records keep
// their order and only move towards the front, so an overwritten record already
// has a copy before it.
func (r *records) prune(file *os.File, more []byte) error {
	kept := fmt.Appendf(nil, recordFormat, r.forgotten, noID)
	for record := range slices.Chunk(r.all, recordSize) {
		if expires, id := parse(record); expires > r.forgotten && id != noID {
			kept = append(kept, record...)
		}
	}
	kept = append(kept, more...)
	r.all = kept
	if err := write(file, r.all, 0); err != nil {
		return err
	}
	return file.Truncate(int64(len(r.all)))
}

// write writes the records and waits until they are on the disk.
func write(file *os.File, records []byte, at int64) error {
	if _, err := file.WriteAt(records, at); err != nil {
		return err
	}
	return file.Sync()
}

// edit runs do with the file, locked against other processes. If the caller gives up
// before the lock is free, do does not run.
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
		if err == nil {
			defer func() { _ = file.Close() }()
			err = cmp.Or(ctx.Err(), private.Check(file.File))
		}
		if err == nil {
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
