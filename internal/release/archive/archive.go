// Package archive writes archives whose bytes depend on their content alone:
// no owner, no clock, no order of a folder.
package archive

import (
	"archive/tar"
	"archive/zip"
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"time"
)

// File is one entry. A folder has fs.ModeDir in its Mode, and no Content.
type File struct {
	// Name is the path inside the archive, with slashes.
	Name    string
	Mode    fs.FileMode
	Content []byte
}

// Earliest is the oldest time that a zip file can hold.
func Earliest() time.Time { return time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC) }

// Tar writes files in the order given, owned by root, all of the time when.
func Tar(w io.Writer, when time.Time, files ...File) error {
	out := tar.NewWriter(w)
	for _, file := range files {
		header := &tar.Header{
			Typeflag: tar.TypeReg, Name: file.Name, Size: int64(len(file.Content)),
			Mode: int64(file.Mode.Perm()), ModTime: when, Format: tar.FormatUSTAR,
		}
		if file.Mode.IsDir() {
			header.Typeflag, header.Name = tar.TypeDir, file.Name+"/"
		}
		if err := out.WriteHeader(header); err != nil {
			return err
		}
		if _, err := out.Write(file.Content); err != nil {
			return err
		}
	}
	return out.Close()
}

// Gzip compresses what write writes.
func Gzip(w io.Writer, write func(io.Writer) error) error {
	out, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	return errors.Join(write(out), out.Close())
}

// Zip writes files in the order given, with their Unix modes, all of the time
// when. Folders are left out: unpacking makes them.
func Zip(w io.Writer, when time.Time, files ...File) error {
	out := zip.NewWriter(w)
	out.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestCompression)
	})
	for _, file := range files {
		if file.Mode.IsDir() {
			continue
		}
		header := &zip.FileHeader{Name: file.Name, Method: zip.Deflate, Modified: when.UTC()}
		header.SetMode(file.Mode.Perm())
		entry, err := out.CreateHeader(header)
		if err != nil {
			return err
		}
		if _, err := entry.Write(file.Content); err != nil {
			return err
		}
	}
	return out.Close()
}
