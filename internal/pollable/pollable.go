// Package pollable has reads of a pipe wait as reads of a network connection do:
// in the runtime's poller, where they hold up no thread.
//
// A process is born with pipes whose reads block. One such read takes its thread
// along, and with it the processor, until the runtime notices: for a server
// that reads a line and answers it, that is a fifth of a call's time.
package pollable

import (
	"io"
	"os"
	"time"
)

// Reader returns in such that its reads wait in the poller, and what undoes
// that; in itself and false where that cannot be, or is not ours to do: a
// terminal, a file, what is no file at all, a socket that is also one of the
// others, which must go on to block. undo ends a read that still waits.
//
// Until then the pipe's reading end is in the non-blocking mode for every
// process that shares it. The writing end has a mode of its own.
func Reader(in io.Reader, others ...io.Writer) (out io.Reader, undo func(), ok bool) {
	none := func() {}
	file, isFile := in.(*os.File)
	if !isFile {
		return in, none, false
	}
	info, err := file.Stat()
	if err != nil || info.Mode()&(os.ModeNamedPipe|os.ModeSocket) == 0 || isOneOf(info, others) {
		return in, none, false
	}
	if file.SetReadDeadline(time.Time{}) == nil {
		return in, none, true // it was born so: only what waits in the poller has deadlines
	}
	return reopen(file)
}

func isOneOf(info os.FileInfo, others []io.Writer) bool {
	for _, other := range others {
		if file, isFile := other.(*os.File); isFile {
			if theirs, err := file.Stat(); err == nil && os.SameFile(info, theirs) {
				return true
			}
		}
	}
	return false
}
