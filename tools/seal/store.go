package seal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Store remembers the opened tokens. Sealers that share a secret need a common
// store: otherwise each of them opens a token once.
type Store interface {
	// Use marks the token as opened until it expires. It returns [ErrUsed] if the
	// token is marked already, and [ErrExpired] if the store may have forgotten it.
	// Of concurrent calls with one id exactly one returns nil. After any other
	// error the token is refused. An id has 24 hexadecimal digits and is no secret.
	Use(ctx context.Context, id string, expires, now time.Time) error
}

// memory is a [Store] that lasts as long as the process. If it is full, it forgets the
// oldest tokens early. It refuses every token that it may have forgotten, so that none
// is opened twice, even if the clock changes. Times are Unix seconds.
type memory struct {
	mu          sync.Mutex
	most, count int
	ids         map[int64]map[string]bool // by the tokens' expiry
	forgotten   int64                     // the latest expiry whose ids were dropped
}

// newMemory has room for a hundred confirmations per second, in less than 8 MB.
func newMemory() *memory { return &memory{most: 1 << 16, ids: map[int64]map[string]bool{}} }

// Use implements [Store].
func (m *memory) Use(_ context.Context, id string, expires, now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget(now.Unix())
	until := expires.Unix()
	if until <= max(now.Unix(), m.forgotten) {
		return ErrExpired
	}
	if m.ids[until][id] {
		return ErrUsed
	}
	for m.count >= m.most {
		m.forget(slices.Min(slices.Collect(maps.Keys(m.ids))))
	}
	if m.ids[until] == nil {
		m.ids[until] = map[string]bool{}
	}
	m.ids[until][id] = true
	m.count++
	return nil
}

// forget drops the tokens that expire at or before until.
func (m *memory) forget(until int64) {
	for expires, ids := range m.ids { // about one for each second of Lifetime
		if expires <= until {
			m.count -= len(ids)
			m.forgotten = max(m.forgotten, expires)
			delete(m.ids, expires)
		}
	}
}

// Directory is a [Store] that survives a restart: all processes of a machine that use
// the same path share it. It has an empty file per opened token, whose name is the
// token's expiry, in Unix seconds, and its id. Who can create that file is the one who
// opens the token. A file is removed [Lifetime] after the token's expiry: a clock may
// go back that far.
type Directory string

// OpenDirectory returns the store at path and makes the directory if needed. It fails
// if other users of the machine may use it. The error is an [fs.PathError] if nothing
// can be written there.
func OpenDirectory(path string) (Directory, error) {
	d := Directory(path)
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return d, err
	}
	now := time.Now()
	return d, d.Use(context.Background(), rand.Text(), now, now) // which tells whether files can be made
}

// Use implements [Store]. The file is on the disk when it returns nil.
func (d Directory) Use(_ context.Context, id string, expires, now time.Time) error {
	info, err := os.Stat(string(d))
	if err != nil {
		return err
	}
	if info.Mode()&0o077 != 0 && runtime.GOOS != "windows" { // which has no such bits
		return fmt.Errorf("other users of this machine may use %s; take the permission away: chmod go= %[1]q", string(d))
	}
	file, err := os.OpenFile(filepath.Join(string(d), fmt.Sprintf("%d-%s", expires.Unix(), id)), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return ErrUsed
	}
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close(), d.prune(now.Add(-Lifetime)))
}

// prune removes the files of tokens that expired before then, and has the names of the
// others written to the disk.
func (d Directory) prune(then time.Time) error {
	dir, err := os.Open(string(d))
	if err != nil {
		return err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	for _, name := range names {
		expires, _, _ := strings.Cut(name, "-")
		if at, err := strconv.ParseInt(expires, 10, 64); err == nil && at < then.Unix() {
			_ = os.Remove(filepath.Join(string(d), name)) // or another process does
		}
	}
	if runtime.GOOS != "windows" { // which cannot flush a directory
		err = errors.Join(err, dir.Sync())
	}
	return err
}
